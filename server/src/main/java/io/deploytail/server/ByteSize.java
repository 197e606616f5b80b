package io.deploytail.server;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Amounts of bytes as people write them: {@code 4096}, {@code 512KiB}, {@code 64MiB}, {@code 10GiB}, {@code 2TiB}. */
final class ByteSize {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]{1,13})(KiB|MiB|GiB|TiB|)");
    private static final long MAX = 1L << 50;

    private ByteSize() {}

    static long parse(String text) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a size, like 64MiB, 1GiB or a number of bytes");
        }
        long number = Long.parseLong(matcher.group(1));
        int shift = switch (matcher.group(2)) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            case "TiB" -> 40;
            default -> 0;
        };
        if (number > MAX >> shift) {
            throw new TypeConversionException("'" + text + "' is too large; at most 1024TiB");
        }
        return number << shift;
    }

    static final class Converter implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return parse(text);
        }
    }
}
