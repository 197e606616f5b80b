package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How much each caller may have of the server, so that one that has gone mad leaves something to the others. A server that
 * does not ask who calls can't tell them apart, and sets no quotas.
 *
 * <p>Thread-safe. Keeps something for each caller that there has been; callers are what the operator has named.
 */
public final class Quotas {
    private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();

    /** Streams are as long as commands: when one will end, nobody knows. */
    private static final Duration STREAM_RETRY = Duration.ofSeconds(5);

    private final int startsPerMinute;
    private final int maxStreams;
    private final LongSupplier nanoTime;

    @GuardedBy("this")
    private final Map<String, Usage> usages = new HashMap<>();

    /**
     * @param startsPerMinute so many deployments may each caller start at once, and a minute on average; at least 1
     * @param maxStreams so many streams may each caller have open at once, of whatever kind; at least 1
     * @param nanoTime as {@link System#nanoTime}
     */
    public Quotas(int startsPerMinute, int maxStreams, LongSupplier nanoTime) {
        if (startsPerMinute < 1 || maxStreams < 1) {
            throw new IllegalArgumentException("bad quotas: " + startsPerMinute + ", " + maxStreams);
        }
        this.startsPerMinute = startsPerMinute;
        this.maxStreams = maxStreams;
        this.nanoTime = requireNonNull(nanoTime);
    }

    /**
     * Counts a stream that the caller opens, until {@link #closeStream}.
     *
     * @throws LimitReachedException if it has as many open as it may
     */
    public synchronized void openStream(Caller caller) {
        if (isExempt(caller)) {
            return;
        }
        Usage usage = usage(caller);
        if (usage.streams >= maxStreams) {
            throw new LimitReachedException("you have as many streams open as you may: " + maxStreams, STREAM_RETRY);
        }
        usage.streams++;
    }

    /** Gives back what {@link #openStream} has counted. */
    public synchronized void closeStream(Caller caller) {
        if (!isExempt(caller)) {
            usage(caller).streams--;
        }
    }

    /**
     * Counts a start. A caller that has not started anything for a minute has its whole quota; what it uses of that comes
     * back evenly (the generic cell rate algorithm of ITU-T I.371).
     *
     * @throws LimitReachedException if it has started as many as it may
     */
    synchronized void countStart(Caller caller) {
        if (isExempt(caller)) {
            return;
        }
        Usage usage = usage(caller);
        long now = nanoTime.getAsLong();
        long wholeIn = Math.max(0, usage.wholeAtNanos - now) + costNanos();
        if (wholeIn > MINUTE_NANOS) {
            throw new LimitReachedException(
                    "you have started as many deployments as you may: " + startsPerMinute + " a minute",
                    Duration.ofNanos(wholeIn - MINUTE_NANOS));
        }
        usage.wholeAtNanos = now + wholeIn;
    }

    /** Takes back what {@link #countStart} has counted: it was the repetition of another. */
    synchronized void forgetStart(Caller caller) {
        if (!isExempt(caller)) {
            usage(caller).wholeAtNanos -= costNanos();
        }
    }

    /** In how long one start comes back. */
    private long costNanos() {
        return MINUTE_NANOS / startsPerMinute;
    }

    private static boolean isExempt(Caller caller) {
        return caller.equals(Caller.ANYONE);
    }

    @GuardedBy("this")
    private Usage usage(Caller caller) {
        return usages.computeIfAbsent(caller.name(), name -> new Usage(nanoTime.getAsLong()));
    }

    /** What one caller uses. */
    private static final class Usage {
        private int streams;

        /** When it will have its whole quota of starts again, if it starts none until then. */
        private long wholeAtNanos;

        Usage(long nowNanos) {
            wholeAtNanos = nowNanos;
        }
    }
}
