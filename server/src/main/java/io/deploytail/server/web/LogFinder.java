package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.LogSlice;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * Finds a text in a log. Letters of ASCII are found in either case. One call looks through a bounded part of the log, and
 * says where to go on. Thread-safe.
 */
final class LogFinder {
    static final int MAX_TEXT_LENGTH = 200;

    private static final int CALL_BYTES = 32 << 20;
    private static final int STEP_BYTES = 1 << 20;
    private static final int READ_BYTES = 256 << 10;

    private final Access deployments;

    LogFinder(Access deployments) {
        this.deployments = requireNonNull(deployments);
    }

    /**
     * Looks for the nearest match that begins at or behind an offset or, upwards, before it.
     *
     * @return in JSON, where the match is, {@code offset} and {@code line}; or where to go on, under the name of next; or
     *     nothing if there is no match
     */
    String find(DeploymentId id, String text, long from, boolean isUpwards) {
        byte[] wanted = lowerCase(text.getBytes(StandardCharsets.UTF_8));
        long size = deployments.get(id).log().size();
        long cursor = Math.min(from, size);
        for (int looked = 0; looked < CALL_BYTES; looked += STEP_BYTES) {
            if (cursor == (isUpwards ? 0 : size)) {
                return "{}";
            }
            long start = isUpwards ? Math.max(0, cursor - STEP_BYTES) : cursor;
            long end = isUpwards ? cursor : Math.min(size, cursor + STEP_BYTES);
            OptionalLong match = match(id, wanted, start, end, isUpwards);
            if (match.isPresent()) {
                long offset = match.getAsLong();
                return "{\"offset\":" + offset + ",\"line\":" + deployments.lineAt(id, offset) + "}";
            }
            cursor = isUpwards ? start : end;
        }
        return "{\"next\":" + cursor + "}";
    }

    /** The first or the last match that begins within these offsets. */
    private OptionalLong match(DeploymentId id, byte[] wanted, long start, long end, boolean isLast) {
        OptionalLong match = OptionalLong.empty();
        byte[] text = {};
        long textStart = start;
        long cursor = start;
        while (cursor < end + wanted.length - 1) {
            LogSlice slice = deployments.read(id, cursor, READ_BYTES);
            if (slice.isEmpty()) {
                return match;
            }
            cursor = slice.end();
            if (slice.gap().isPresent()) {
                text = new byte[0];
                textStart = cursor;
                continue;
            }
            int kept = Math.min(text.length, wanted.length - 1); // a match may begin in what came before
            textStart += text.length - kept;
            text = join(text, kept, slice.bytes());
            for (int at = indexOf(text, wanted, 0); at >= 0; at = indexOf(text, wanted, at + 1)) {
                if (textStart + at < end) {
                    match = OptionalLong.of(textStart + at);
                }
                if (!isLast) {
                    return match;
                }
            }
        }
        return match;
    }

    private static byte[] join(byte[] before, int kept, byte[] bytes) {
        byte[] joined =
                Arrays.copyOf(Arrays.copyOfRange(before, before.length - kept, before.length), kept + bytes.length);
        System.arraycopy(lowerCase(bytes), 0, joined, kept, bytes.length);
        return joined;
    }

    private static byte[] lowerCase(byte[] bytes) {
        byte[] lower = bytes.clone();
        for (int i = 0; i < lower.length; i++) {
            if (lower[i] >= 'A' && lower[i] <= 'Z') {
                lower[i] = (byte) (lower[i] - 'A' + 'a');
            }
        }
        return lower;
    }

    private static int indexOf(byte[] text, byte[] wanted, int from) {
        for (int at = from; at <= text.length - wanted.length; at++) {
            if (text[at] == wanted[0] && Arrays.equals(text, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        return -1;
    }
}
