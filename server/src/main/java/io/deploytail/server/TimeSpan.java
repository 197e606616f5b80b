package io.deploytail.server;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Times as people write them: {@code 500ms}, {@code 10s}, {@code 2m}, {@code 1h}, {@code 90d}. */
final class TimeSpan {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

    /** Far below the 292 years that nanoseconds in a long can hold. */
    private static final Duration MAX = Duration.ofDays(10_000);

    /** Longer than any other. */
    static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

    private TimeSpan() {}

    static Duration parse(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a time, like 500ms, 10s, 2m, 1h or 90d");
        }
        long number = Long.parseLong(matcher.group(1));
        Duration time = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
        if (time.compareTo(MAX) > 0) {
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
