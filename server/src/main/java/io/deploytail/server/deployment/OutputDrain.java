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
    private static final Duration CHECK_INTERVAL = Duration.ofMillis(20);

    private static final String LEFT_OPEN = "A process that it left behind held its output open; what that wrote more"
            + " than " + LIMIT.toSeconds() + " s after the exit is not in the log.";

    private static final String CUT = "Not all of its output could be recorded (a full disk, say, or the copier was"
            + " killed): the log lacks its end.";

    private final Wakeup wakeup;
    private @Nullable Long endNanos;
    private boolean wasLeftOpen;
    private boolean wasCut;

    OutputDrain(Wakeup wakeup) {
        this.wakeup = requireNonNull(wakeup);
    }

    /**
     * Whether no more output will be recorded. To be asked once the command has ended.
     *
     * @param status as it was seen before this call
     */
    boolean isOver(Run run, RunStatus status) {
        wasCut |= status.recordingFailed() && !wasLeftOpen;
        if (status.outputComplete()) {
            return true;
        }
        if (endNanos == null) {
            endNanos = System.nanoTime() + LIMIT.toNanos();
        }
        if (System.nanoTime() - endNanos < 0) {
            wakeup.at(endNanos);
            return false;
        }
        if (run.isRecording()) {
            wasLeftOpen |= !wasCut;
        } else {
            wasCut |= !wasLeftOpen;
        }
        if (run.stopRecording()) {
            return true;
        }
        wakeup.in(CHECK_INTERVAL);
        return false;
    }

    /** What is to be said about the output, if it is not all there. */
    Optional<String> note() {
        return wasLeftOpen ? Optional.of(LEFT_OPEN) : wasCut ? Optional.of(CUT) : Optional.empty();
    }
}
