package io.deploytail.client.cli;

import io.deploytail.client.ServerUnavailableException;

/** The server did not answer a start, which it may have heard all the same. */
final class StartUnansweredException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String requestId;

    StartUnansweredException(ServerUnavailableException cause, String requestId) {
        super(cause.getMessage(), cause);
        this.requestId = requestId;
    }

    /** With this a repetition starts nothing a second time. */
    String requestId() {
        return requestId;
    }
}
