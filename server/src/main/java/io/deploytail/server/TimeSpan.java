package io.deploytail.server;

import io.deploytail.server.deployment.ReadableDuration;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads times from the command line, as {@link ReadableDuration} has them. */
final class TimeSpan {
    /** Longer than any other. */
    static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

    private TimeSpan() {}

    static Duration parse(String text) {
        Duration time = ReadableDuration.parse(text)
                .orElseThrow(() ->
                        new TypeConversionException("'" + text + "' is not a time, like 500ms, 10s, 2m, 1h or 90d"));
        if (time.compareTo(ReadableDuration.MAX) > 0) {
            throw new TypeConversionException("'" + text + "' is too long; at most 10,000 days");
        }
        return time;
    }

    static final class Converter implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return parse(text);
        }
    }

    /** Takes {@code forever} as well. */
    static final class OrForever implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            return text.equals("forever") ? FOREVER : parse(text);
        }
    }
}
