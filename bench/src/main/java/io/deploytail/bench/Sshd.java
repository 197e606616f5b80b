package io.deploytail.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** An OpenSSH server on loopback, with keys of its own, that lets in who runs the benchmark. */
final class Sshd {
    private static final Path PROGRAM = Path.of("/usr/sbin/sshd");
    private static final String MISSING = "`ssh localhost` was not measured, as there is no OpenSSH server; on Debian:"
            + " `apt-get install openssh-server openssh-client`";

    private final Process process;
    private final List<String> client;

    private Sshd(Process process, List<String> client) {
        this.process = process;
        this.client = client;
    }

    /** Starts one; if it is not installed, tells what to do. */
    static Optional<Sshd> start(Workshop workshop, Report report) throws IOException, InterruptedException {
        if (!Files.isExecutable(PROGRAM)) {
            report.note(MISSING);
            return Optional.empty();
        }
        Path directory = Files.createDirectory(workshop.newPath("ssh"));
        Path hostKey = newKey(directory, "host");
        Path userKey = newKey(directory, "user");
        int port = freePort();
        Path config = directory.resolve("sshd_config");
        // With a home of its own, what the user's shell does at the start of each session is not measured.
        Files.writeString(config, """
                ListenAddress 127.0.0.1
                Port %d
                HostKey %s
                AuthorizedKeysFile %s.pub
                StrictModes no
                UsePAM no
                PidFile none
                LogLevel ERROR
                MaxStartups 1000
                SetEnv HOME=%s
                """.formatted(port, hostKey, userKey, directory));
        if (isRoot()) {
            Files.createDirectories(Path.of("/run/sshd")); // or sshd, as root, does not start
        }
        Process process = workshop.start(new ProcessBuilder(PROGRAM.toString(), "-D", "-e", "-f", config.toString()));
        List<String> client = List.of(
                "ssh",
                "-F",
                "none",
                "-p",
                Integer.toString(port),
                "-i",
                userKey.toString(),
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
                "-o",
                "LogLevel=ERROR",
                "-o",
                "ConnectionAttempts=20",
                "127.0.0.1");
        return Optional.of(new Sshd(process, client));
    }

    /** The command that runs this one through it. */
    ProcessBuilder run(List<String> command) {
        List<String> whole = new ArrayList<>(client);
        whole.add(String.join(" ", command)); // a shell takes it apart again: it has nothing that needs quotes
        return new ProcessBuilder(whole);
    }

    long pid() {
        return process.pid();
    }

    private static Path newKey(Path directory, String name) throws IOException, InterruptedException {
        Path file = directory.resolve(name);
        Process process =
                new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file.toString()).start();
        if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("ssh-keygen failed");
        }
        return file;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
