package io.deploytail.server.storage;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Times as they are stored: UTC, always with three decimals, {@code 2026-11-20T10:15:30.120Z}, so that they sort as
 * text. {@link Instant#toString} leaves zeros out and would not.
 */
final class TimeText {
    private static final DateTimeFormatter MILLISECONDS =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter();
    private static final long ALMOST_A_MILLISECOND = 999_999;

    private TimeText() {}

    /** The time without what is finer than a millisecond. */
    static String of(Instant time) {
        return MILLISECONDS.format(time);
    }

    /** The first storable time that is not before this one. */
    static String atOrAfter(Instant time) {
        return of(time.plusNanos(ALMOST_A_MILLISECOND));
    }

    static Instant parse(String text) {
        return Instant.parse(text);
    }

    /** Empty for null, which is how an absent time is stored. */
    static Optional<Instant> parseNullable(@Nullable String text) {
        return Optional.ofNullable(text).map(TimeText::parse);
    }
}
