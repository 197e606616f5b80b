package io.deploytail.server.deployment;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Remembers when output was first seen, so that bytes that wait to be stored keep their times and those that came far
 * apart are stored apart. Thread-safe.
 */
final class ArrivalTimes {
    /** When much waits, because it can't be stored, say, output seen within this time of a mark shares it. */
    private static final Duration COARSE = Duration.ofMillis(250);

    private static final int MAX_FINE_MARKS = 1000;

    /** Bytes further apart than this are not read in one piece. */
    private static final Duration MAX_SPAN = Duration.ofMillis(600);

    /** Beyond so many marks (half an hour of output that can't be stored) times are no longer told apart. */
    private static final int MAX_MARKS = 10_000;

    @GuardedBy("this")
    private final Deque<Mark> marks = new ArrayDeque<>();

    @GuardedBy("this")
    private long seen;

    /** Starts at an offset: what lies before was stored long ago. */
    ArrivalTimes(long offset) {
        this.seen = offset;
    }

    /** Notes that the output now has this size. Returns by how much it grew. */
    synchronized long note(long size, Instant now) {
        long growth = size - seen;
        if (growth <= 0) {
            return 0;
        }
        Mark last = marks.peekLast();
        Duration precision = marks.size() < MAX_FINE_MARKS ? Duration.ZERO : COARSE;
        boolean isFar = last == null || distance(last.time(), now).compareTo(precision) > 0;
        if (isFar && marks.size() < MAX_MARKS) {
            marks.addLast(new Mark(seen, now));
        }
        seen = size;
        return growth;
    }

    /** When the byte at this offset was seen. It must have been noted, and not be forgotten. */
    synchronized Instant timeOf(long offset) {
        return markOf(offset).time();
    }

    /** The offset up to which bytes may be read together with the one at this offset. */
    synchronized long endOfSpan(long offset) {
        Instant start = markOf(offset).time();
        for (Mark mark : marks) {
            if (mark.offset() > offset && distance(start, mark.time()).compareTo(MAX_SPAN) > 0) {
                return mark.offset();
            }
        }
        return seen;
    }

    @GuardedBy("this")
    private Mark markOf(long offset) {
        Mark found = marks.getFirst();
        for (Mark mark : marks) {
            if (mark.offset() > offset) {
                break;
            }
            found = mark;
        }
        return found;
    }

    /** Forgets all before this offset. */
    synchronized void forgetBefore(long offset) {
        @Nullable Mark last = null;
        while (!marks.isEmpty() && marks.getFirst().offset() <= offset) {
            last = marks.removeFirst();
        }
        if (last != null && offset < seen) {
            marks.addFirst(last);
        }
    }

    /** In either direction: clocks are set back. */
    private static Duration distance(Instant one, Instant other) {
        return Duration.between(one, other).abs();
    }

    /** Bytes from this offset on were first seen at this time. */
    private record Mark(long offset, Instant time) {}
}
