package io.deploytail.server;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes as people write them: {@code 4096}, {@code 64KiB}, {@code 500MiB}, {@code 10GiB}, {@code 1TiB}. */
final class ByteSize {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]{1,15})(KiB|MiB|GiB|TiB|)");

    /** Larger than any other. */
    static final long UNLIMITED = Long.MAX_VALUE;

    /** Far from overflowing. */
    private static final long MAX = 1L << 60;

    private ByteSize() {}

    static long parse(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a size, like 500MiB, 10GiB or a number of bytes");
        }
        long unit = switch (matcher.group(2)) {
            case "KiB" -> 1L << 10;
            case "MiB" -> 1L << 20;
            case "GiB" -> 1L << 30;
            case "TiB" -> 1L << 40;
            default -> 1;
        };
        long number = Long.parseLong(matcher.group(1));
        if (number > MAX / unit) {
            throw new TypeConversionException("'" + text + "' is too large; at most " + (MAX >> 40) + "TiB");
        }
        return number * unit;
    }

    static final class Converter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return parse(text);
        }
    }

    /** Takes {@code unlimited} as well. */
    static final class OrUnlimited implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return text.equals("unlimited") ? UNLIMITED : parse(text);
        }
    }
}
