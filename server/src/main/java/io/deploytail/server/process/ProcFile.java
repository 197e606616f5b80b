package io.deploytail.server.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Reads what {@code /proc} says of a process. */
final class ProcFile {
    private static final byte[] NOTHING = {};

    private ProcFile() {}

    /**
     * The umask of this process, in octal digits (proc_pid_status(5), from Linux 4.7 on).
     *
     * @throws IOException if the kernel does not tell it
     */
    static String umask() throws IOException {
        try (Stream<String> status = Files.lines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
            return status.filter(line -> line.startsWith("Umask:"))
                    .map(line -> line.substring("Umask:".length()).strip())
                    .findFirst()
                    .orElseThrow(() -> new IOException("/proc/self/status does not tell the umask"));
        }
    }

    /**
     * A file of a process; empty if the process has ended or is none of ours.
     *
     * @throws UncheckedIOException if that can't be told, for want of file descriptors, say
     */
    static byte[] read(long pid, String name) {
        Path process = Path.of("/proc", Long.toString(pid));
        try {
            return Files.readAllBytes(process.resolve(name));
        } catch (NoSuchFileException | AccessDeniedException e) {
            return NOTHING;
        } catch (IOException e) {
            if (Files.notExists(process) || String.valueOf(e.getMessage()).contains("No such process")) {
                return NOTHING; // it ended between open and read
            }
            throw new UncheckedIOException(e);
        }
    }
}
