package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The newest committed bytes of a running deployment's log, so that its followers need not read the database for each
 * line, nor for what was committed at once while they were busy with what came before. Thread-safe.
 */
public final class LogTail {
    /** The least is a delta. */
    private static final FairShare SHARE = new FairShare(8 << 20, 64 << 10, 1 << 20);

    /** What a delta takes in memory besides its bytes, about. */
    private static final int DELTA_OVERHEAD = 160;

    private final IntSupplier maxBytes;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final NavigableMap<Long, LogDelta> deltas = new TreeMap<>();

    @GuardedBy("lock")
    private long held;

    @GuardedBy("lock")
    private long end;

    /**
     * An empty tail of a log that has this size.
     *
     * @param maxBytes how much memory it may take; asked whenever something is added
     */
    LogTail(long end, IntSupplier maxBytes) {
        this.end = end;
        this.maxBytes = requireNonNull(maxBytes);
    }

    /**
     * How much memory each of so many tails may take: an equal share, but enough for a delta. One that is not added to
     * keeps what it had when they were fewer.
     */
    static int share(int tails) {
        return SHARE.of(tails);
    }

    /** Adds what was committed. It must begin at the end. */
    void append(LogDelta delta) {
        int limit = maxBytes.getAsInt();
        synchronized (lock) {
            deltas.put(delta.offset(), delta);
            held += memoryOf(delta);
            end = delta.end();
            while (held > limit && deltas.size() > 1) {
                held -= memoryOf(deltas.pollFirstEntry().getValue());
            }
        }
    }

    /** Forgets everything and goes on at this offset. */
    void restartAt(long offset) {
        synchronized (lock) {
            deltas.clear();
            held = 0;
            end = offset;
        }
    }

    /** Forgets the bytes, which nobody will add to; where they end stays known to those who still hold this. */
    void forgetBytes() {
        synchronized (lock) {
            deltas.clear();
            held = 0;
        }
    }

    private static int memoryOf(LogDelta delta) {
        return delta.bytes().length + DELTA_OVERHEAD;
    }

    /** The log offset after the last byte. */
    public long end() {
        synchronized (lock) {
            return end;
        }
    }

    /** Whether it holds the byte at this offset. */
    public boolean has(long offset) {
        synchronized (lock) {
            return holderOf(offset) != null;
        }
    }

    @GuardedBy("lock")
    private @Nullable LogDelta holderOf(long offset) {
        Map.Entry<Long, LogDelta> nearest = deltas.floorEntry(offset);
        return nearest == null || nearest.getValue().end() <= offset ? null : nearest.getValue();
    }

    /**
     * Bytes from this offset on, as many as belong in one piece; empty if the tail holds none.
     *
     * @param maxBytes at most this many, unless they were committed as one
     */
    public Optional<LogDelta> from(long offset, int maxBytes) {
        List<LogDelta> piece = new ArrayList<>();
        synchronized (lock) {
            LogDelta first = holderOf(offset);
            if (first == null) {
                return Optional.empty();
            }
            for (LogDelta delta : deltas.tailMap(first.offset(), true).values()) {
                if (!piece.isEmpty() && !belongsTo(piece.get(0), delta, offset, maxBytes)) {
                    break;
                }
                piece.add(delta);
            }
        }
        return Optional.of(join(piece, offset));
    }

    private static boolean belongsTo(LogDelta first, LogDelta delta, long offset, int maxBytes) {
        return delta.end() - offset <= maxBytes
                && Duration.between(first.time(), delta.time()).abs().compareTo(LogSlice.MAX_SPAN) <= 0;
    }

    private static LogDelta join(List<LogDelta> piece, long offset) {
        LogDelta first = piece.get(0);
        if (piece.size() == 1 && first.offset() == offset) {
            return first; // the same object for every follower that has come as far
        }
        int skip = (int) (offset - first.offset());
        byte[] joined = Arrays.copyOfRange(
                first.bytes(), skip, skip + (int) (piece.get(piece.size() - 1).end() - offset));
        int length = first.bytes().length - skip;
        for (LogDelta delta : piece.subList(1, piece.size())) {
            System.arraycopy(delta.bytes(), 0, joined, length, delta.bytes().length);
            length += delta.bytes().length;
        }
        return new LogDelta(offset, first.time(), joined);
    }
}
