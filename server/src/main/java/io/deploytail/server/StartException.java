package io.deploytail.server;

/** The server can't start, for a reason that whoever starts it can do something about. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StartException(String message) {
        super(message);
    }

    StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
