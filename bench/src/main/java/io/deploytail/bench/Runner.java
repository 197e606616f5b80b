package io.deploytail.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A way to run a command and to see its output live. */
interface Runner {
    /** Runs the command, has its output read, and returns when the command has ended. */
    void run(List<String> command, Reader reader) throws IOException, InterruptedException;

    /** Reads all the output that it waits for. */
    interface Reader {
        void read(InputStream output) throws IOException;
    }

    /** A process, alone, that the command is given to. */
    private static void read(Process process, Reader reader) throws IOException, InterruptedException {
        try (InputStream output = process.getInputStream()) {
            reader.read(output);
        }
        if (process.waitFor() != 0) {
            throw new IOException("exit code " + process.exitValue());
        }
    }

    static Runner ssh(Workshop workshop, Sshd sshd) {
        return (command, reader) -> read(workshop.start(sshd.run(command)), reader);
    }

    /** The {@code deploytail} command, started anew for each. */
    static Runner coldClient(Workshop workshop, TestedServer server) {
        List<String> client = List.of(workshop.clientProgram().toString(), "run", "--server", server.address(), "--");
        return (command, reader) -> {
            List<String> whole = new ArrayList<>(client);
            whole.addAll(command);
            ProcessBuilder builder = new ProcessBuilder(whole);
            builder.redirectError(ProcessBuilder.Redirect.DISCARD);
            read(workshop.start(builder), reader);
        };
    }

    static Runner warmClient(WarmClient client) {
        return (command, reader) -> reader.read(client.run(command));
    }

    /** A shell that writes a file, and {@code tail -F} that reads it. */
    static Runner tail(Workshop workshop) {
        return (command, reader) -> {
            Path file = Files.createFile(workshop.newPath("tail"));
            Process tail = workshop.start(new ProcessBuilder("tail", "-n", "+1", "-F", file.toString()));
            Process shell = workshop.start(
                    new ProcessBuilder("sh", "-c", String.join(" ", command) + " | tee '" + file + "' >/dev/null"));
            try {
                reader.read(tail.getInputStream());
                shell.waitFor();
            } finally {
                tail.destroyForcibly();
                tail.onExit().join();
                Files.delete(file);
            }
        };
    }
}
