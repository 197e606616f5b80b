package io.deploytail.server.process;

import java.nio.file.Path;

/** The names of the files in a run's directory. {@code run.sh} and {@code record.sh} say what each is for. */
record RunDirectory(Path path) {
    static final String EXIT = "exit";

    Path wrapperScript() {
        return path.resolve("run.sh");
    }

    Path recordScript() {
        return path.resolve("record.sh");
    }

    Path commandScript() {
        return path.resolve("command.sh");
    }

    /** The values that the log must not have, in base64, a line each; there if there are any. */
    Path secrets() {
        return path.resolve("secrets");
    }

    /** The identity of the wrapper that runs the command; other words if the server has claimed the run. */
    Path claimed() {
        return path.resolve("claimed");
    }

    Path firstSegment() {
        return path.resolve(Segment.FIRST);
    }

    /** There as long as output is to be recorded. */
    Path recording() {
        return path.resolve("recording");
    }

    /** Not empty as long as no recorder has come. */
    Path unrecorded() {
        return path.resolve("unrecorded");
    }

    Path spare() {
        return path.resolve("spare");
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

    /** The process that records, in a run that was started before there were segments. */
    Path copierIdentity() {
        return path.resolve("copier.id");
    }
}
