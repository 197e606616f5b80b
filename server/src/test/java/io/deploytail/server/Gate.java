package io.deploytail.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Holds a command back until the test opens it. */
public final class Gate {
    private final Path file;

    private Gate(Path file) {
        this.file = file;
    }

    public static Gate in(Path directory, String name) {
        return new Gate(directory.resolve(name));
    }

    /** The shell command that waits at the gate; not for ever, should the test fail before it opens. */
    public String await() {
        return "timeout 60 sh -c \"until [ -e '" + file + "' ]; do sleep 0.02; done\"";
    }

    public void open() throws IOException {
        Files.createFile(file);
    }
}
