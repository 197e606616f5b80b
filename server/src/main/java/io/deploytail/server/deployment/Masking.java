package io.deploytail.server.deployment;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;

/**
 * Keeps the secrets of a run out of its log: every byte of one becomes a star, so offsets stay those of the output, and
 * line ends stay line ends.
 *
 * <p>Which bytes these are depends on the output alone, not on how it was cut: on each byte and the
 * {@link #overlap} before it, which the run's directory keeps until the byte is committed. So there is no state that could
 * be lost: after a restart it is found again by reading that overlap. Bytes that may be the beginning of a secret are held
 * back until it is clear whether they are, or for {@link #MAX_HOLD}; what follows is masked all the same if they were.
 *
 * <p>Confined to the run's turns.
 */
final class Masking {
    static final Duration MAX_HOLD = Duration.ofMillis(500);

    /** No more is looked at ahead of what is stored, but for what is held back. */
    private static final int MAX_AHEAD_BYTES = 512 << 10;

    private static final int READ_BYTES = 64 << 10;
    private static final byte MASK = '*';

    private final SecretMatcher matcher;

    /** Matches that reach behind the log's end, in their order, apart from one another. */
    private final Deque<Range> matches = new ArrayDeque<>();

    private long looked = -1;
    private int state = SecretMatcher.START;
    private long heldOffset = -1;
    private long heldNanos;

    /** @param secrets the values; what is too short is not masked */
    Masking(Collection<byte[]> secrets) {
        this.matcher = SecretMatcher.of(SecretForms.of(secrets));
    }

    private boolean isNeeded() {
        return matcher.maxLength() > 0;
    }

    /** How many bytes before the log's end must stay readable. */
    int overlap() {
        return Math.max(0, matcher.maxLength() - 1);
    }

    /**
     * Looks at the output behind the log's end, where nothing is missing; returns up to where it may be stored.
     *
     * @param logEnd where the log ends
     * @param outputEnd where the output ends now
     * @param isLast whether there will be no more output
     */
    long look(Run run, long logEnd, long outputEnd, boolean isLast) throws IOException {
        if (!isNeeded()) {
            return outputEnd;
        }
        if (looked < logEnd) {
            startAt(run, logEnd);
        }
        forgetBefore(logEnd);
        long goal = Math.min(outputEnd, logEnd + MAX_AHEAD_BYTES + matcher.maxLength());
        while (looked < goal) {
            if (looked > logEnd && run.gapAt(looked).isPresent()) {
                return looked; // no secret goes on behind a gap
            }
            note(run.readOutput(looked, (int) Math.min(goal - looked, READ_BYTES)));
        }
        long safe = Math.max(logEnd, looked - matcher.pending(state));
        boolean isAll = looked == outputEnd;
        return isAll && safe < looked && (isLast || isHeldLongEnough(safe)) ? looked : safe;
    }

    private boolean isHeldLongEnough(long offset) {
        if (heldOffset != offset) {
            heldOffset = offset;
            heldNanos = System.nanoTime();
        }
        return System.nanoTime() - endOfHold() >= 0;
    }

    /** When what is held back is no longer. */
    long endOfHold() {
        return heldNanos + MAX_HOLD.toNanos();
    }

    /** Forgets what it knew, and finds out what of a secret may come right before an offset. */
    private void startAt(Run run, long offset) throws IOException {
        matches.clear();
        state = SecretMatcher.START;
        looked = Math.max(0, offset - overlap());
        while (looked < offset) {
            Optional<LogGap> gap = run.gapAt(looked);
            if (gap.isPresent()) {
                state = SecretMatcher.START;
                looked = Math.min(offset, gap.get().end());
            } else {
                note(run.readOutput(looked, (int) Math.min(offset - looked, READ_BYTES)));
            }
        }
    }

    private void note(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            state = matcher.next(state, bytes[i]);
            int length = matcher.match(state);
            if (length > 0) {
                add(looked + i + 1 - length, looked + i + 1);
            }
        }
        looked += bytes.length;
    }

    private void add(long start, long end) {
        long first = start;
        while (!matches.isEmpty() && matches.getLast().end() >= first) {
            first = Math.min(first, matches.removeLast().start());
        }
        matches.addLast(new Range(first, end));
    }

    private void forgetBefore(long offset) {
        while (!matches.isEmpty() && matches.getFirst().end() <= offset) {
            matches.removeFirst();
        }
    }

    /** The bytes at this offset, which was looked at, without secrets. */
    byte[] mask(byte[] bytes, long offset) {
        byte[] masked = bytes;
        Iterator<Range> ranges = matches.iterator();
        while (ranges.hasNext()) {
            Range range = ranges.next();
            int from = (int) Math.max(0, Math.min(bytes.length, range.start() - offset));
            int to = (int) Math.max(0, Math.min(bytes.length, range.end() - offset));
            if (from < to && masked == bytes) {
                masked = Arrays.copyOf(bytes, bytes.length);
            }
            for (int i = from; i < to; i++) {
                masked[i] = masked[i] == '\n' || masked[i] == '\r' ? masked[i] : MASK;
            }
        }
        return masked;
    }

    private record Range(long start, long end) {}
}
