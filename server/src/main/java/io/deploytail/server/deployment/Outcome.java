package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.util.OptionalInt;

/**
 * How a deployment ended. A deployment that is queued or running has none.
 *
 * @param exitCode the command's own, 0 to 255; present with EXITED and FAILED_TO_START
 * @param signal the number of the signal that ended the command; present with SIGNALLED
 * @param message a sentence for people, may be empty
 */
public record Outcome(EndReason reason, OptionalInt exitCode, OptionalInt signal, String message) {
    private static final int NOT_EXECUTABLE = 126;
    private static final int NOT_FOUND = 127;
    private static final int SIGNAL_BASE = 128;
    private static final int MAX_SIGNAL = 64;

    public Outcome {
        requireNonNull(message);
        boolean exits = reason == EndReason.EXITED || reason == EndReason.FAILED_TO_START;
        if (exits != exitCode.isPresent() || (reason == EndReason.SIGNALLED) != signal.isPresent()) {
            throw new IllegalArgumentException(
                    reason + " does not go with exit code " + exitCode + " and signal " + signal);
        }
    }

    /**
     * What an exit status as a shell reports it means: 128 + n, for a signal n that exists, is the end by that signal.
     */
    public static Outcome ofExitStatus(int status) {
        int signal = status - SIGNAL_BASE;
        if (signal >= 1 && signal <= MAX_SIGNAL) {
            return new Outcome(EndReason.SIGNALLED, OptionalInt.empty(), OptionalInt.of(signal), "");
        }
        return new Outcome(EndReason.EXITED, OptionalInt.of(status), OptionalInt.empty(), "");
    }

    /** The command never ran. */
    public static Outcome failedToStart(int status, String message) {
        int exitCode = status == NOT_FOUND ? NOT_FOUND : NOT_EXECUTABLE;
        return new Outcome(EndReason.FAILED_TO_START, OptionalInt.of(exitCode), OptionalInt.empty(), message);
    }

    /** The server ended the command, or nobody saw its end. */
    public static Outcome of(EndReason reason, String message) {
        return new Outcome(reason, OptionalInt.empty(), OptionalInt.empty(), message);
    }

    /** This outcome if a stop was recorded before it: that one's reason wins, beside its message comes this one's. */
    public Outcome after(Stop stop) {
        Outcome stopped = of(stop.reason(), stop.message());
        return message.isEmpty() ? stopped : stopped.withNote(message);
    }

    /** The same outcome with a further sentence in its message. */
    public Outcome withNote(String note) {
        return new Outcome(
                reason,
                exitCode,
                signal,
                message.isEmpty() ? note : message + (message.endsWith(".") ? " " : ". ") + note);
    }

    /** The state of a deployment that ended like this. */
    public DeploymentState state() {
        return switch (reason) {
            case EXITED -> exitCode.getAsInt() == 0 ? DeploymentState.SUCCEEDED : DeploymentState.FAILED;
            case CANCELLED -> DeploymentState.CANCELLED;
            case SIGNALLED, FAILED_TO_START, TIMED_OUT, SILENT_TOO_LONG, INTERRUPTED -> DeploymentState.FAILED;
        };
    }
}
