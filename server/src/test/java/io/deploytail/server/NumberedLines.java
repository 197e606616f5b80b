package io.deploytail.server;

import java.util.stream.LongStream;

/** Lines of 16 bytes, each with its number: from any offset on it is known what they must be. */
public final class NumberedLines {
    private static final int LINE_BYTES = 16;

    private static final long[] POWERS_OF_TEN =
            LongStream.iterate(1, power -> power * 10).limit(LINE_BYTES - 1).toArray();

    private NumberedLines() {}

    /** The shell command that writes those from one number to before another. */
    public static String command(int from, int to) {
        return "awk 'BEGIN { for (i = " + from + "; i < " + to + "; i++) printf \"%015d\\n\", i }'";
    }

    /** What lies between two offsets. */
    public static String between(long from, long to) {
        StringBuilder text = new StringBuilder((int) (to - from));
        for (long offset = from; offset < to; offset++) {
            text.append(at(offset));
        }
        return text.toString();
    }

    private static char at(long offset) {
        int digitsAfter = LINE_BYTES - 2 - (int) (offset % LINE_BYTES);
        return digitsAfter < 0 ? '\n' : (char) ('0' + offset / LINE_BYTES / POWERS_OF_TEN[digitsAfter] % 10);
    }
}
