package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/** The server does not know the caller, or does not let it do this. */
public final class AccessDeniedException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    AccessDeniedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
