package io.deploytail.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What one round of one side has shown: figures by their names, and the delays if there were any. Not thread-safe. */
final class Measurement {
    private final Map<Figure, Double> values = new LinkedHashMap<>();
    private @Nullable Histogram delays;

    Measurement with(Figure figure, double value) {
        values.put(figure, value);
        return this;
    }

    /** Adds delays in nanoseconds, and their percentiles as figures. */
    Measurement withDelays(Histogram nanos) {
        delays = nanos;
        return with(Figure.DELAY_P50, nanos.getValueAtPercentile(50) / 1e3)
                .with(Figure.DELAY_P99, nanos.getValueAtPercentile(99) / 1e3)
                .with(Figure.DELAY_P999, nanos.getValueAtPercentile(99.9) / 1e3)
                .with(Figure.DELAY_MAX, nanos.getMaxValue() / 1e3);
    }

    Map<Figure, Double> values() {
        return values;
    }

    Optional<Histogram> delays() {
        return Optional.ofNullable(delays);
    }
}
