package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/** The asked-for offset is past the end of the log. The message names the log's size. */
public final class OffsetOutOfRangeException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    OffsetOutOfRangeException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
