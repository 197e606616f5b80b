package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * The recorded wish to end a deployment. The first one stays, and is the reason for its end whatever the command does
 * then.
 *
 * @param reason CANCELLED, TIMED_OUT or SILENT_TOO_LONG
 * @param time when it was recorded; the grace period counts from here
 * @param message a sentence for people
 * @param by the name of the caller who wished it; empty if it has none, or nobody wished it
 */
public record Stop(EndReason reason, Instant time, String message, String by) {
    public Stop {
        requireNonNull(time);
        requireNonNull(message);
        requireNonNull(by);
        switch (reason) {
            case CANCELLED, TIMED_OUT, SILENT_TOO_LONG -> {}
            case EXITED, SIGNALLED, FAILED_TO_START, INTERRUPTED ->
                throw new IllegalArgumentException("nobody stops a deployment with " + reason);
        }
    }
}
