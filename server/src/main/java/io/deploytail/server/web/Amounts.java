package io.deploytail.server.web;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Sizes, durations and commands as people write them. */
final class Amounts {
    private static final int THOUSAND = 1000;
    private static final List<String> UNITS = List.of("kB", "MB", "GB", "TB");
    private static final Pattern PLAIN_WORD = Pattern.compile("[\\p{L}\\p{N}_@%+=:,./-]+");

    private Amounts() {}

    static String size(long bytes) {
        if (bytes < THOUSAND) {
            return bytes + " B";
        }
        double amount = (double) bytes / THOUSAND;
        int unit = 0;
        while (amount >= THOUSAND && unit < UNITS.size() - 1) {
            amount /= THOUSAND;
            unit++;
        }
        return String.format(Locale.ROOT, amount < 10 ? "%.1f %s" : "%.0f %s", amount, UNITS.get(unit));
    }

    /** As {@code 1:23} or {@code 1:02:03}. */
    static String duration(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        return seconds < 3600
                ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }

    /** As one would type it in a shell. */
    static String command(List<String> words) {
        return words.stream()
                .map(word -> PLAIN_WORD.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }
}
