package io.deploytail.server.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads what {@code /proc} says of a process. */
final class ProcFile {
    private static final byte[] NOTHING = {};

    private ProcFile() {}

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
