package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a run's processes to go where the deployment has to, and ends them where that is recorded: TERM, the grace
 * period, KILL, until none is left. Not thread-safe.
 */
final class ProcessEnding {
    private static final Duration SCAN_INTERVAL = Duration.ofMillis(100);

    /** For those that neither a KILL ends soon: asleep in the kernel, say, or another user's. */
    private static final Duration LATE_SCAN_INTERVAL = Duration.ofSeconds(1);

    private static final Duration LATE = Duration.ofSeconds(5);

    /** One look at the processes can miss one that is just being made. */
    private static final Duration SECOND_LOOK = Duration.ofMillis(20);

    private final Duration gracePeriod;
    private final Clock clock;
    private final Wakeup wakeup;
    private @Nullable Long killNanos;
    private long nextScan = System.nanoTime();
    private boolean foundNone;
    private boolean areGone;

    ProcessEnding(Duration gracePeriod, Clock clock, Wakeup wakeup) {
        this.gracePeriod = requireNonNull(gracePeriod);
        this.clock = requireNonNull(clock);
        this.wakeup = requireNonNull(wakeup);
    }

    /** Ends what is left of the processes, as the time since the stop demands. Whether there may be any left. */
    boolean endProcesses(Run run, Stop stop) {
        if (isTooSoon()) {
            return !areGone;
        }
        long sinceKill = System.nanoTime() - killNanos(stop);
        scanAgainIn(sinceKill < LATE.toNanos() ? SCAN_INTERVAL : LATE_SCAN_INTERVAL);
        return mayRemain(sinceKill >= 0 ? run.kill() : run.terminate());
    }

    /** Whether there may be processes left of a run whose end nobody will tell. Does them no harm. */
    boolean hasToWait(Run run) {
        if (isTooSoon()) {
            return !areGone;
        }
        scanAgainIn(LATE_SCAN_INTERVAL);
        return mayRemain(run.processCount());
    }

    private boolean mayRemain(int found) {
        areGone = found == 0 && foundNone;
        foundNone = found == 0;
        if (foundNone && !areGone) {
            scanAgainIn(SECOND_LOOK);
        }
        return !areGone;
    }

    private boolean isTooSoon() {
        boolean isTooSoon = System.nanoTime() - nextScan < 0;
        if (isTooSoon) {
            wakeup.at(nextScan);
        }
        return isTooSoon;
    }

    private void scanAgainIn(Duration delay) {
        nextScan = System.nanoTime() + delay.toNanos();
        wakeup.at(nextScan);
    }

    /** When the grace period is over; counted from the record, so that a restart does not begin it anew. */
    private long killNanos(Stop stop) {
        if (killNanos == null) {
            Duration waited = Duration.between(stop.time(), clock.instant());
            Duration left = gracePeriod.minus(waited.isNegative() ? Duration.ZERO : waited);
            killNanos = System.nanoTime() + left.toNanos();
        }
        return killNanos;
    }
}
