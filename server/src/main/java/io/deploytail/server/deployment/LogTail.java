package io.deploytail.server.deployment;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The newest committed bytes of a running deployment's log, so that its followers need not read the database for each
 * line. Holds at most {@link #MAX_BYTES}. Thread-safe.
 */
public final class LogTail {
    private static final int MAX_BYTES = 128 << 10;

    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Deque<LogDelta> deltas = new ArrayDeque<>();

    @GuardedBy("lock")
    private long end;

    /** An empty tail of a log that has this size. */
    LogTail(long end) {
        this.end = end;
    }

    /** Adds what was committed. It must begin at the end. */
    void append(LogDelta delta) {
        synchronized (lock) {
            deltas.addLast(delta);
            end = delta.end();
            while (end - deltas.getFirst().offset() > MAX_BYTES) {
                deltas.removeFirst();
            }
        }
    }

    /** Forgets everything and goes on at this offset. */
    void restartAt(long offset) {
        synchronized (lock) {
            deltas.clear();
            end = offset;
        }
    }

    /** The log offset after the last byte. */
    public long end() {
        synchronized (lock) {
            return end;
        }
    }

    /**
     * Bytes from this offset on, as many as belong in one piece; empty if the tail holds none.
     *
     * @param maxBytes at most this many, unless they were committed as one
     */
    public Optional<LogDelta> from(long offset, int maxBytes) {
        List<LogDelta> piece = new ArrayList<>();
        synchronized (lock) {
            for (LogDelta delta : deltas) {
                if (delta.end() <= offset) {
                    continue;
                }
                if (piece.isEmpty() ? delta.offset() > offset : !belongsTo(piece.get(0), delta, offset, maxBytes)) {
                    break;
                }
                piece.add(delta);
            }
        }
        return piece.isEmpty() ? Optional.empty() : Optional.of(join(piece, offset));
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
