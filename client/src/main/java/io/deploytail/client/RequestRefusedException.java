package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/** The server has no room for the request (its queue is full, or the request is too large) and recorded nothing. */
public final class RequestRefusedException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    RequestRefusedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
