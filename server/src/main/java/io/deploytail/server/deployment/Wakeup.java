package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Rings once at the earliest of the times asked for. Asked during a run of what it rings, it never rings late; it may
 * ring for nothing. Not thread-safe: confined to the doorbell's runs.
 */
public final class Wakeup {
    private final ScheduledExecutorService timers;
    private final Runnable ring;
    private @Nullable ScheduledFuture<?> next;
    private long nextNanos;

    /** @param ring is run by a timer, so it must be quick */
    public Wakeup(ScheduledExecutorService timers, Runnable ring) {
        this.timers = requireNonNull(timers);
        this.ring = requireNonNull(ring);
    }

    /** Rings at once. */
    void now() {
        ring.run();
    }

    /** Rings at this time of {@link System#nanoTime}, or earlier. */
    void at(long nanos) {
        boolean isYetToCome = next != null && nextNanos - System.nanoTime() > 0;
        if (isYetToCome && nextNanos - nanos <= 0) {
            return;
        }
        if (next != null && next.cancel(false) && !isYetToCome) {
            now(); // it was due just now, and is not to be lost
        }
        nextNanos = nanos;
        next = timers.schedule(ring, nanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    /** Rings after this time, or earlier. */
    public void in(Duration delay) {
        at(System.nanoTime() + delay.toNanos());
    }

    /** Forgets what was asked for. */
    void cancel() {
        if (next != null) {
            next.cancel(false);
        }
    }
}
