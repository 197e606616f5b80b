package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/** Bytes of a log as they are read from the command and stored in one piece. Not empty. */
public final class LogDelta {
    private final long offset;
    private final Instant time;
    private final byte[] bytes;
    private final int newlines;

    /** The delta keeps the array, which nobody may change after this. */
    public LogDelta(long offset, Instant time, byte[] bytes) {
        if (bytes.length == 0) {
            throw new IllegalArgumentException("empty delta");
        }
        this.offset = offset;
        this.time = requireNonNull(time);
        this.bytes = bytes;
        this.newlines = countNewlines(bytes);
    }

    /** The log offset of the first byte. */
    public long offset() {
        return offset;
    }

    /** The log offset after the last byte. */
    public long end() {
        return offset + bytes.length;
    }

    /** When the server read the first byte. */
    public Instant time() {
        return time;
    }

    /** The bytes themselves, not a copy. */
    public byte[] bytes() {
        return bytes;
    }

    /** How many {@code \n} are in it. */
    public int newlines() {
        return newlines;
    }

    boolean endsWithNewline() {
        return bytes[bytes.length - 1] == '\n';
    }

    private static int countNewlines(byte[] bytes) {
        int count = 0;
        for (byte b : bytes) {
            if (b == '\n') {
                count++;
            }
        }
        return count;
    }
}
