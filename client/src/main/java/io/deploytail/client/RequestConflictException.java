package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/** The request id was used before, for a request with other content. Use a new one. */
public final class RequestConflictException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    RequestConflictException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
