package io.deploytail.server.web;

/** A request that can't be answered as it is. */
final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String message;

    /** @param message for whoever has asked */
    RefusedException(int status, String message) {
        super(message);
        this.status = status;
        this.message = message;
    }

    static RefusedException badRequest(String message) {
        return new RefusedException(400, message);
    }

    static RefusedException notFound() {
        return new RefusedException(404, "There is nothing here.");
    }

    String message() {
        return message;
    }

    int status() {
        return status;
    }
}
