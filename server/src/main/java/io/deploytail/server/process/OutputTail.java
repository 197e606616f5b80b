package io.deploytail.server.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

/** Reads whatever a process writes, so that it never has to wait, and keeps the end of it. Thread-safe. */
final class OutputTail implements Runnable {
    private static final int KEPT_BYTES = 2 << 10;
    private static final int BUFFER_BYTES = 8 << 10;

    /** What some terminals obey. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\x{80}-\\x{9f}&&[^\\n\\t]]");

    private final InputStream output;
    private byte[] tail = {};

    OutputTail(InputStream output) {
        this.output = output;
    }

    /** Reads until nobody has the output open any more. */
    @Override
    public void run() {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (output) {
            int length = output.read(buffer);
            while (length >= 0) {
                keep(buffer, length);
                length = output.read(buffer);
            }
        } catch (IOException e) {
            // that was all, then
        }
    }

    private synchronized void keep(byte[] bytes, int length) {
        byte[] all = Arrays.copyOf(tail, tail.length + length);
        System.arraycopy(bytes, 0, all, tail.length, length);
        tail = Arrays.copyOfRange(all, Math.max(0, all.length - KEPT_BYTES), all.length);
    }

    /** The end of what was read so far, for people. */
    synchronized String text() {
        return CONTROL.matcher(new String(tail, StandardCharsets.UTF_8))
                .replaceAll("\uFFFD")
                .strip();
    }
}
