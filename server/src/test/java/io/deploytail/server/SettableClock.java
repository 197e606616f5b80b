package io.deploytail.server;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands still until it is set. It begins now. Thread-safe. */
final class SettableClock extends Clock {
    private volatile Instant now = Instant.ofEpochMilli(System.currentTimeMillis());

    void forward(Duration duration) {
        now = now.plus(duration);
    }

    void back(Duration duration) {
        now = now.minus(duration);
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException();
    }
}
