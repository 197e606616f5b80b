package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/** The log that was received is not the log that the server has: its size or checksum differs. */
public final class LogCorruptedException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    LogCorruptedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
