package io.deploytail.client;

/** Where a deployment is in its life. */
public enum DeploymentState {
    /** Waits for its target, or for a free place among the running ones. */
    QUEUED,
    /** Its command runs, or is about to start. */
    RUNNING,
    /** The command exited with code 0. */
    SUCCEEDED,
    /** It ended in any other way than success or cancel; its {@link EndReason} says how. */
    FAILED,
    /** It was cancelled. */
    CANCELLED,
    /** A state that this client does not know: the server is newer. */
    UNKNOWN;

    static DeploymentState fromMessage(io.deploytail.v1.Deployment.State state) {
        return switch (state) {
            case STATE_QUEUED -> QUEUED;
            case STATE_RUNNING -> RUNNING;
            case STATE_SUCCEEDED -> SUCCEEDED;
            case STATE_FAILED -> FAILED;
            case STATE_CANCELLED -> CANCELLED;
            case STATE_UNSPECIFIED, UNRECOGNIZED -> UNKNOWN;
        };
    }

    io.deploytail.v1.Deployment.State toMessage() {
        return switch (this) {
            case QUEUED -> io.deploytail.v1.Deployment.State.STATE_QUEUED;
            case RUNNING -> io.deploytail.v1.Deployment.State.STATE_RUNNING;
            case SUCCEEDED -> io.deploytail.v1.Deployment.State.STATE_SUCCEEDED;
            case FAILED -> io.deploytail.v1.Deployment.State.STATE_FAILED;
            case CANCELLED -> io.deploytail.v1.Deployment.State.STATE_CANCELLED;
            case UNKNOWN -> throw new IllegalArgumentException("nothing can be asked for by the state UNKNOWN");
        };
    }
}
