package io.deploytail.client;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * The failures in a row of one call or one stream: how long to wait before the next attempt, and when to give up.
 * Patience counts from the first of them, unless it {@link #countFromNow counts from a time before}.
 *
 * <p>Not thread-safe.
 */
final class Retries {
    private final RetryPolicy policy;
    private final LongSupplier nanoTime;
    private int failures;
    private OptionalLong patientSinceNanos = OptionalLong.empty();
    private Duration delay;

    Retries(RetryPolicy policy, LongSupplier nanoTime) {
        this.policy = policy;
        this.nanoTime = nanoTime;
        this.delay = policy.firstDelay();
    }

    /** Patience counts from now on, however long the first attempt takes to fail. */
    Retries countFromNow() {
        patientSinceNanos = OptionalLong.of(nanoTime.getAsLong());
        return this;
    }

    /** Counts a failure. Returns the delay before the next attempt, or nothing if patience is over. */
    Optional<Duration> afterFailure(Duration patience) {
        long now = nanoTime.getAsLong();
        if (patientSinceNanos.isEmpty()) {
            patientSinceNanos = OptionalLong.of(now);
        }
        failures++;
        Duration left = patience.minusNanos(now - patientSinceNanos.getAsLong());
        if (left.isZero() || left.isNegative()) {
            return Optional.empty();
        }
        Duration shortened = shortenedAtRandom(delay);
        delay = shorter(delay.multipliedBy(2), policy.longestDelay());
        return Optional.of(shorter(shortened, left));
    }

    /** The number of failures since the last progress. */
    int failures() {
        return failures;
    }

    /** What was wanted came: the next failure is a first one again. */
    void progress() {
        failures = 0;
        patientSinceNanos = OptionalLong.empty();
        delay = policy.firstDelay();
    }

    private static Duration shortenedAtRandom(Duration delay) {
        long half = delay.toNanos() / 2;
        return delay.minusNanos(ThreadLocalRandom.current().nextLong(half + 1));
    }

    static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
