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

    /** How to repeat the start without starting anything a second time. */
    String advice() {
        return advice(requestId);
    }

    /** How to repeat a start with this request id. */
    static String advice(String requestId) {
        return "Repeat it with --request-id " + requestId + " and it runs once only, even if it was started now";
    }
}
