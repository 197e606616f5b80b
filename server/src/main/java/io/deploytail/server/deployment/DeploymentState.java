package io.deploytail.server.deployment;

/** Where a deployment is in its life. */
public enum DeploymentState {
    QUEUED,
    RUNNING,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    /** Whether nothing more will happen to it. */
    public boolean isFinal() {
        return this != QUEUED && this != RUNNING;
    }
}
