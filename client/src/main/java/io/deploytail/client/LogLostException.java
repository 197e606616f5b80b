package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/**
 * The server no longer has bytes that it sent before: its host has lost the last commits, to a power failure, say. What
 * was handed over up to {@link #offset} is all there is of that stretch; following again from a smaller offset shows
 * what the server still has.
 */
public final class LogLostException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    private final long offset;

    LogLostException(long offset, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.offset = offset;
    }

    /** The offset from which the log could not be resumed. */
    public long offset() {
        return offset;
    }
}
