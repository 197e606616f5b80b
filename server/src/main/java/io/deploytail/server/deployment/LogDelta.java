package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Instant;

/** Bytes of a log as they are read from the command and stored in one piece. Not empty. */
public final class LogDelta {
    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final long EIGHT_NEWLINES = 0x0A0A0A0A0A0A0A0AL;
    private static final long EIGHT_LOW_PARTS = 0x7F7F7F7F7F7F7F7FL;

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

    /** How many {@code \n} are in these bytes. Eight at a time: each byte of a log passes here. */
    public static int countNewlines(byte[] bytes) {
        int count = 0;
        int i = 0;
        for (; i <= bytes.length - Long.BYTES; i += Long.BYTES) {
            long zeroWhereNewline = (long) EIGHT_BYTES.get(bytes, i) ^ EIGHT_NEWLINES;
            long highBitWhereOther = ((zeroWhereNewline & EIGHT_LOW_PARTS) + EIGHT_LOW_PARTS) | zeroWhereNewline;
            count += Long.bitCount(~(highBitWhereOther | EIGHT_LOW_PARTS));
        }
        for (; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                count++;
            }
        }
        return count;
    }
}
