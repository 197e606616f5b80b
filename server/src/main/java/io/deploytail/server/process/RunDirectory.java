package io.deploytail.server.process;

import java.nio.file.Path;

/** The names of the files in a run's directory. {@code run.sh} says what each is for. */
record RunDirectory(Path path) {
    static final String OUTPUT = "output";
    static final String EXIT = "exit";

    Path wrapperScript() {
        return path.resolve("run.sh");
    }

    Path commandScript() {
        return path.resolve("command.sh");
    }

    /** The identity of the wrapper that runs the command; other words if the server has claimed the run. */
    Path claimed() {
        return path.resolve("claimed");
    }

    Path output() {
        return path.resolve(OUTPUT);
    }

    /** There as long as all of the output was recorded. */
    Path recording() {
        return path.resolve("recording");
    }

    Path outputOpen() {
        return path.resolve("output.open");
    }

    Path outputClosed() {
        return path.resolve("output.closed");
    }

    /** There until the command has ended. */
    Path exit() {
        return path.resolve(EXIT);
    }

    /** There until the command was told to end. */
    Path unsignalled() {
        return path.resolve("unsignalled");
    }

    /** Empty if the command never ran. */
    Path started() {
        return path.resolve("started");
    }

    Path commandIdentity() {
        return path.resolve("command.id");
    }

    Path copierIdentity() {
        return path.resolve("copier.id");
    }
}
