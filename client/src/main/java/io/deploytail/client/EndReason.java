package io.deploytail.client;

import java.util.Optional;

/** Why a deployment ended. The first reason that was recorded stays. */
public enum EndReason {
    /** The command exited by itself; there is an exit code. */
    EXITED,
    /** A signal that the server did not send ended the command; there is a signal number. */
    SIGNALLED,
    /** The command could not be started; the exit code is 127 or 126 and the log says why. */
    FAILED_TO_START,
    /** It ran longer than its timeout. */
    TIMED_OUT,
    /** It wrote nothing for longer than its silence timeout. */
    SILENT_TOO_LONG,
    /** It was cancelled. */
    CANCELLED,
    /** Nobody saw how it ended, because the host or the process that watches the command went down. */
    INTERRUPTED,
    /** A reason that this client does not know: the server is newer. */
    UNKNOWN;

    static Optional<EndReason> fromMessage(io.deploytail.v1.Deployment.EndReason reason) {
        return switch (reason) {
            case END_REASON_UNSPECIFIED -> Optional.empty();
            case END_REASON_EXITED -> Optional.of(EXITED);
            case END_REASON_SIGNALLED -> Optional.of(SIGNALLED);
            case END_REASON_FAILED_TO_START -> Optional.of(FAILED_TO_START);
            case END_REASON_TIMED_OUT -> Optional.of(TIMED_OUT);
            case END_REASON_SILENT_TOO_LONG -> Optional.of(SILENT_TOO_LONG);
            case END_REASON_CANCELLED -> Optional.of(CANCELLED);
            case END_REASON_INTERRUPTED -> Optional.of(INTERRUPTED);
            case UNRECOGNIZED -> Optional.of(UNKNOWN);
        };
    }
}
