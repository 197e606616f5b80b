package io.deploytail.server.deployment;

/** Why a deployment ended. */
public enum EndReason {
    EXITED,
    SIGNALLED,
    FAILED_TO_START,
    TIMED_OUT,
    SILENT_TOO_LONG,
    CANCELLED,
    INTERRUPTED
}
