package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/**
 * The server does not take the request now (its queue is full, or the deployment would have to wait and is not to, or has
 * not ended and so can't be deleted), or the request is too large. Nothing was recorded or changed.
 */
public final class RequestRefusedException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    RequestRefusedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
