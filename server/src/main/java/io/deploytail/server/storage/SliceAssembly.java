package io.deploytail.server.storage;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.TextBoundary;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;

/**
 * Joins stored chunks to a slice, and ends it where people can read it. It always takes something: if there is a byte to
 * be had, the slice has one, so that whoever reads slice after slice gets through. Confined to one read.
 */
final class SliceAssembly {
    private final Deployment deployment;
    private final long offset;
    private final long limit;
    private final byte[] bytes;
    private int length;
    private Instant time = Instant.EPOCH;

    /** @param limit the offset where the log ends, or its next gap begins */
    SliceAssembly(Deployment deployment, long offset, long limit, int maxBytes) {
        this.deployment = deployment;
        this.offset = offset;
        this.limit = limit;
        this.bytes = new byte[(int) Math.min(maxBytes, limit - offset)];
    }

    /** Takes what fits of the next chunk, if it was read close enough to the first. Returns whether to go on. */
    boolean add(String timeText, byte[] chunk) {
        Instant chunkTime = TimeText.parse(timeText);
        if (length == 0) {
            time = chunkTime;
        } else if (Duration.between(time, chunkTime).abs().compareTo(LogSlice.MAX_SPAN) > 0) {
            return false;
        }
        int taken = Math.min(chunk.length, bytes.length - length);
        System.arraycopy(chunk, 0, bytes, length, taken);
        length += taken;
        return length < bytes.length;
    }

    LogSlice finish() {
        int end = end();
        return new LogSlice(deployment, offset, time, end == bytes.length ? bytes : Arrays.copyOf(bytes, end));
    }

    private int end() {
        if (offset + length == limit) {
            return length; // nothing follows, or not yet: what there is must be seen, a prompt or a first half
        }
        if (length == bytes.length) {
            return TextBoundary.before(bytes, length);
        }
        // What follows was read later. The rest of a character may be close enough to its beginning, though not to the
        // slice's; but if its beginning is all there is, it has to go alone.
        int character = TextBoundary.afterLastCharacter(bytes, length);
        return character > 0 ? character : length;
    }
}
