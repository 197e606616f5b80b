package io.deploytail.client;

import java.time.Duration;

/**
 * How a client tries again when the server cannot be reached. Delays double from the first to the longest, each
 * shortened at random by up to a half, so that the clients of a restarted server do not come back all at once.
 *
 * <p>Every call of the API is safe to repeat, so every call is.
 *
 * @param firstDelay before the second attempt
 * @param longestDelay between any two attempts
 * @param callPatience how long a call is repeated; also how long a log stream is, as long as this client has never had
 *     an answer from its server
 * @param followPatience how long a log stream tries to resume without receiving anything of the log
 */
public record RetryPolicy(Duration firstDelay, Duration longestDelay, Duration callPatience, Duration followPatience) {
    public RetryPolicy {
        if (firstDelay.isNegative() || longestDelay.compareTo(firstDelay) < 0) {
            throw new IllegalArgumentException(
                    "delays must grow from zero or more: " + firstDelay + ", " + longestDelay);
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
