package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the end of a run's output once its command has ended, which a process left behind could put off for ever: so
 * only for a while. Not thread-safe.
 */
final class OutputDrain {
    private static final Duration LIMIT = Duration.ofSeconds(2);

    /** If nobody is left who writes, what is awaited has been written, and only a slow disk keeps it from the log. */
    private static final Duration SLOW_DISK_LIMIT = Duration.ofSeconds(30);

    /** A recorder that has ended by itself, at the end of the output, is about to say so. */
    private static final Duration LAST_MOMENT = Duration.ofSeconds(5);

    private static final Duration CHECK_INTERVAL = Duration.ofMillis(50);

    private static final String LEFT_OPEN = "A process that it left behind held its output open; what that wrote more"
            + " than " + LIMIT.toSeconds() + " s after the exit is not in the log.";

    private static final String CUT = "Not all of its output could be recorded (a disk that stalled, say, or what"
            + " recorded it was killed): the log lacks its end.";

    private final Wakeup wakeup;
    private @Nullable Long exitNanos;
    private boolean isStopping;
    private @Nullable Long recorderGoneNanos;
    private boolean wasLeftOpen;
    private boolean wasCut;

    OutputDrain(Wakeup wakeup) {
        this.wakeup = requireNonNull(wakeup);
    }

    /**
     * Goes on draining; returns whether no more output will be recorded. To be called once the command has ended.
     *
     * @param status as it was seen before this call
     */
    boolean drain(Run run, RunStatus status) {
        if (status.outputComplete()) {
            return true;
        }
        if (exitNanos == null) {
            exitNanos = System.nanoTime();
        }
        if (System.nanoTime() - exitNanos < LIMIT.toNanos()) {
            wakeup.at(exitNanos + LIMIT.toNanos());
            return false;
        }
        boolean isOver = isOver(run, exitNanos);
        if (!isOver) {
            wakeup.in(CHECK_INTERVAL);
        }
        return isOver;
    }

    private boolean isOver(Run run, long exitNanos) {
        Run.Recorder recorder = run.recorder();
        if (recorder != Run.Recorder.GONE) {
            recorderGoneNanos = null; // it was being replaced
        }
        return switch (recorder) {
            case GONE -> isRecorderGone();
            case WAITING -> stop(run, true);
            case WORKING -> {
                boolean isHeldOpen = run.processCount() > 0;
                boolean isLate = System.nanoTime() - exitNanos >= SLOW_DISK_LIMIT.toNanos();
                yield (isStopping || isHeldOpen || isLate) && stop(run, isHeldOpen);
            }
        };
    }

    /** @param isHeldOpen whether there may be someone who writes; if not, only the disk keeps what was written */
    private boolean stop(Run run, boolean isHeldOpen) {
        if (!isStopping) {
            isStopping = true;
            wasLeftOpen = isHeldOpen && !wasCut;
            wasCut |= !isHeldOpen;
        }
        return run.stopRecording();
    }

    /** Whether the recorder has ended for good: stopped by this, or by something that kept it from saying so. */
    private boolean isRecorderGone() {
        if (isStopping) {
            return true;
        }
        if (recorderGoneNanos == null) {
            recorderGoneNanos = System.nanoTime();
        }
        boolean isGone = System.nanoTime() - recorderGoneNanos >= LAST_MOMENT.toNanos();
        wasCut |= isGone;
        return isGone;
    }

    /** What is to be said about the output, if it is not all there. */
    Optional<String> note() {
        return wasLeftOpen ? Optional.of(LEFT_OPEN) : wasCut ? Optional.of(CUT) : Optional.empty();
    }
}
