package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/** The server failed, or answered with something that makes no sense. */
public final class ServerFaultException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    ServerFaultException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
