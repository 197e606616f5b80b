package io.deploytail.server.deployment;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How much of what has ended is kept.
 *
 * @param keepFor for how long after its end; positive; empty: for ever
 * @param keepBytes how many bytes storage may use in all before the oldest goes; not negative; empty: without a limit
 */
public record RetentionLimits(Optional<Duration> keepFor, OptionalLong keepBytes) {
    public RetentionLimits {
        if (keepFor.filter(time -> time.isZero() || time.isNegative()).isPresent() || keepBytes.orElse(0) < 0) {
            throw new IllegalArgumentException("bad limits: " + keepFor + ", " + keepBytes + " bytes");
        }
    }
}
