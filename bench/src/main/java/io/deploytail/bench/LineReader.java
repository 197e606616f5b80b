package io.deploytail.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * Takes what {@code generate} wrote, in pieces cut anywhere, and tells how long each line was under way. Fails on the
 * first line that is missing, doubled or changed. Not thread-safe.
 */
final class LineReader {
    private final LinePool pool;
    private final long lines;
    private final LongConsumer delays;
    private byte[] unfinished = new byte[4096];
    private int unfinishedLength;
    private long number;

    /**
     * @param lines how many will come
     * @param delays gets each line's delay, in nanoseconds
     */
    LineReader(LinePool pool, long lines, LongConsumer delays) {
        this.pool = pool;
        this.lines = lines;
        this.delays = delays;
    }

    /** Reads until the last line has come. */
    void readAll(InputStream in) throws IOException {
        byte[] buffer = new byte[64 << 10];
        while (!isComplete()) {
            int read = in.read(buffer);
            if (read < 0) {
                throw new EOFException("ended after " + number + " of " + lines + " lines");
            }
            accept(buffer, read, System.nanoTime());
        }
    }

    /** Takes the next bytes, which came at this {@link System#nanoTime}. */
    void accept(byte[] bytes, int length, long nanos) {
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (bytes[i] == '\n') {
                if (unfinishedLength > 0) {
                    keep(bytes, start, i + 1);
                    check(unfinished, 0, unfinishedLength, nanos);
                    unfinishedLength = 0;
                } else {
                    check(bytes, start, i + 1, nanos);
                }
                start = i + 1;
            }
        }
        if (start < length) {
            keep(bytes, start, length);
        }
    }

    boolean isComplete() {
        return number == lines;
    }

    private void keep(byte[] bytes, int from, int to) {
        int length = to - from;
        if (unfinishedLength + length > unfinished.length) {
            unfinished = Arrays.copyOf(unfinished, 2 * (unfinishedLength + length));
        }
        System.arraycopy(bytes, from, unfinished, unfinishedLength, length);
        unfinishedLength += length;
    }

    private void check(byte[] bytes, int from, int to, long nanos) {
        byte[] text = pool.text(number);
        boolean isRight = number < lines
                && to - from == LinePool.HEAD_BYTES + text.length
                && digits(bytes, from, LinePool.NUMBER_DIGITS) == number
                && Arrays.equals(bytes, from + LinePool.HEAD_BYTES, to, text, 0, text.length);
        if (!isRight) {
            throw new IllegalStateException(
                    "not line " + number + ": " + new String(bytes, from, to - from, StandardCharsets.UTF_8));
        }
        number++;
        delays.accept(nanos - digits(bytes, from + LinePool.NUMBER_DIGITS + 1, LinePool.STAMP_DIGITS));
    }

    private static long digits(byte[] bytes, int from, int count) {
        long value = 0;
        for (int i = from; i < from + count; i++) {
            value = 10 * value + bytes[i] - '0';
        }
        return value;
    }
}
