package io.deploytail.client;

import java.time.Duration;

/**
 * How a client tries again when the server cannot be reached. Delays double from the first to the longest, each
 * shortened at random by up to a half, so that the clients of a restarted server do not come back all at once.
 *
 * <p>Every call of the API is safe to repeat, so every call is.
 *
 * @param firstDelay before the second attempt; a millisecond at least
 * @param longestDelay between any two attempts
 * @param callPatience how long after its beginning a call is still repeated, so that one that fails later is the last;
 *     also how long a log stream tries, as long as this client has never had an answer from its server
 * @param followPatience how long a log stream tries to resume without receiving anything of the log
 */
public record RetryPolicy(Duration firstDelay, Duration longestDelay, Duration callPatience, Duration followPatience) {
    public RetryPolicy {
        if (firstDelay.toMillis() < 1 || longestDelay.compareTo(firstDelay) < 0) {
            throw new IllegalArgumentException(
                    "delays must grow from a millisecond or more: " + firstDelay + ", " + longestDelay);
        }
        if (callPatience.isNegative() || followPatience.isNegative()) {
            throw new IllegalArgumentException("negative patience: " + callPatience + ", " + followPatience);
        }
    }

    /** Delays from 0.1 to 5 seconds; 3 seconds for a call and 5 minutes for a log stream. */
    public static RetryPolicy standard() {
        return new RetryPolicy(
                Duration.ofMillis(100), Duration.ofSeconds(5), Duration.ofSeconds(3), Duration.ofMinutes(5));
    }

    /** The same policy with these delays. */
    public RetryPolicy withDelays(Duration first, Duration longest) {
        return new RetryPolicy(first, longest, callPatience, followPatience);
    }

    /** The same policy with this patience for calls. */
    public RetryPolicy withCallPatience(Duration patience) {
        return new RetryPolicy(firstDelay, longestDelay, patience, followPatience);
    }

    /** The same policy with this patience for log streams. */
    public RetryPolicy withFollowPatience(Duration patience) {
        return new RetryPolicy(firstDelay, longestDelay, callPatience, patience);
    }
}
