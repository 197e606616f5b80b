package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/** The server could not be reached, or said that it cannot answer now, for as long as the client was told to try. */
public final class ServerUnavailableException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    ServerUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
