package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/**
 * The server can't tell what has changed since then: that is too long ago, or its host has lost the last commits, to a
 * power failure, say. List the deployments again, and watch from there.
 */
public final class WatchOutdatedException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    WatchOutdatedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
