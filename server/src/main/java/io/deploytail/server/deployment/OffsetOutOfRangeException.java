package io.deploytail.server.deployment;

/** A log was to be read from past its end. */
public final class OffsetOutOfRangeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public OffsetOutOfRangeException(long offset, long size) {
        super("offset " + offset + " is past the end of the log, which has " + size + " bytes");
    }
}
