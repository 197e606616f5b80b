package io.deploytail.server.deployment;

import java.time.Instant;

/** There is no deployment with the id that was asked for, or no longer. */
public final class UnknownDeploymentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnknownDeploymentException(String id) {
        super("there is no deployment " + id);
    }

    /** There was one. */
    public UnknownDeploymentException(DeploymentId id, Instant deleteTime) {
        super("deployment " + id + " was deleted at " + deleteTime);
    }
}
