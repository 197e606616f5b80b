package io.deploytail.server.deployment;

/** The caller may see what it asks about, but not do this with it. Nothing was done. */
public final class NotAllowedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NotAllowedException(String message) {
        super(message);
    }
}
