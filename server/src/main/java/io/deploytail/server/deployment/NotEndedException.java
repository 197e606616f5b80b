package io.deploytail.server.deployment;

/** Only what has ended can be deleted. Nothing was deleted. */
public final class NotEndedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public NotEndedException(DeploymentId id, DeploymentState state) {
        super("deployment " + id + " is " + state + " and was not deleted; cancel it first, or wait for its end");
    }
}
