package io.deploytail.server.deployment;

/** There is no deployment with the id that was asked for. */
public final class UnknownDeploymentException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnknownDeploymentException(String id) {
        super("there is no deployment " + id);
    }
}
