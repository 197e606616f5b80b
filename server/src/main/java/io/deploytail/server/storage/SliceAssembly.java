package io.deploytail.server.storage;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.TextBoundary;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Joins stored chunks to a slice, and ends it where people can read it. It always takes something: if there is a byte to
 * be had, the slice has one, so that whoever reads slice after slice gets through. Confined to one read.
 */
final class SliceAssembly {
    private final Deployment deployment;
    private final long offset;
    private final long limit;
    private final int maxBytes;
    private final List<byte[]> chunks = new ArrayList<>();
    private int length;
    private Instant time = Instant.EPOCH;

    /**
     * @param limit the offset where the log ends, or its next gap begins
     * @param maxBytes how much fits: no more than there is up to the limit
     */
    SliceAssembly(Deployment deployment, long offset, long limit, int maxBytes) {
        this.deployment = deployment;
        this.offset = offset;
        this.limit = limit;
        this.maxBytes = maxBytes;
    }

    /** Takes the next chunk, which fits, if it was read close enough to the first. Returns whether to go on. */
    boolean add(String timeText, byte[] chunk) {
        Instant chunkTime = TimeText.parse(timeText);
        if (length == 0) {
            time = chunkTime;
        } else if (Duration.between(time, chunkTime).abs().compareTo(LogSlice.MAX_SPAN) > 0) {
            return false;
        }
        chunks.add(chunk);
        length += chunk.length;
        return length < maxBytes;
    }

    LogSlice finish() {
        byte[] bytes = joined();
        int end = end(bytes);
        return new LogSlice(deployment, offset, time, end == length ? bytes : Arrays.copyOf(bytes, end));
    }

    /** One chunk, as in a log that was written fast, is not copied. */
    private byte[] joined() {
        if (chunks.size() == 1) {
            return chunks.get(0);
        }
        byte[] bytes = new byte[length];
        int position = 0;
        for (byte[] chunk : chunks) {
            System.arraycopy(chunk, 0, bytes, position, chunk.length);
            position += chunk.length;
        }
        return bytes;
    }

    private int end(byte[] bytes) {
        if (offset + length == limit) {
            return length; // nothing follows, or not yet: what there is must be seen, a prompt or a first half
        }
        if (length == maxBytes) {
            return TextBoundary.before(bytes, length);
        }
        // What follows was read later, or would be too much. The rest of a character may be close enough to its
        // beginning, though not to the
        // slice's; but if its beginning is all there is, it has to go alone.
        int character = TextBoundary.afterLastCharacter(bytes, length);
        return character > 0 ? character : length;
    }
}
