package io.deploytail.bench;

import java.io.PrintStream;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the benchmark says while it runs. */
final class Console {
    private static final PrintStream out = System.out;

    private Console() {}

    static void say(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
    }

    static String summary(Measurement measurement) {
        return measurement.values().entrySet().stream()
                .map(entry -> entry.getKey().name() + " " + number(entry.getValue()))
                .collect(Collectors.joining("; "));
    }

    /** A number with as many digits as mean something. */
    static String number(double value) {
        double size = Math.abs(value);
        if (size >= 100 || value == Math.rint(value)) {
            return String.format(Locale.ROOT, "%,.0f", value).replace(',', ' ');
        }
        return String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 0.1 ? "%.2f" : "%.4f", value);
    }
}
