package io.deploytail.server.deployment;

/** The server is stopping and takes no more work. */
public final class StoppingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StoppingException(String message) {
        super(message);
    }
}
