package io.deploytail.bench;

import java.util.List;
import java.util.stream.IntStream;

/** Summaries of a figure's values over the rounds. */
final class Statistics {
    private Statistics() {}

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /** Round by round, the one in relation to the other. */
    static List<Double> ratios(List<Double> values, List<Double> yardstick) {
        return IntStream.range(0, values.size())
                .mapToObj(i -> values.get(i) / yardstick.get(i))
                .toList();
    }
}
