package io.deploytail.server.deployment;

import java.time.Instant;

/** There is no deployment with the id that was asked for, or no longer. */
public final class UnknownDeploymentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String target;

    public UnknownDeploymentException(String id) {
        super("there is no deployment " + id);
        this.target = "";
    }

    /**
     * There was one.
     *
     * @param target what it had deployed; empty for none
     */
    public UnknownDeploymentException(DeploymentId id, String target, Instant deleteTime) {
        super("deployment " + id + " was deleted at " + deleteTime);
        this.target = target;
    }

    /** What it had deployed; empty if that was nothing, or if there never was one. */
    String target() {
        return target;
    }
}
