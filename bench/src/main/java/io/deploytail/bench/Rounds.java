package io.deploytail.bench;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Several sides, measured in turn for some rounds, so that whatever else changes on the machine meets all of them. Each
 * round begins with another side. Not thread-safe.
 */
final class Rounds {
    private final Map<String, List<Measurement>> measured = new LinkedHashMap<>();

    private Rounds() {}

    static Rounds alternate(int rounds, Map<String, Side> sides) throws Exception {
        Rounds result = new Rounds();
        List<String> names = List.copyOf(sides.keySet());
        names.forEach(name -> result.measured.put(name, new ArrayList<>()));
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < names.size(); i++) {
                String name = names.get((i + round) % names.size());
                Measurement measurement = requireNonNull(sides.get(name)).measure();
                result.of(name).add(measurement);
                Console.say("  round %d of %d, %s: %s", round + 1, rounds, name, Console.summary(measurement));
            }
        }
        return result;
    }

    List<String> sides() {
        return List.copyOf(measured.keySet());
    }

    boolean has(String side) {
        return measured.containsKey(side);
    }

    List<Figure> figures(String side) {
        return List.copyOf(of(side).get(0).values().keySet());
    }

    private List<Measurement> of(String side) {
        return requireNonNull(measured.get(side), side);
    }

    /** A side's figure in each round. */
    List<Double> values(String side, Figure figure) {
        return of(side).stream()
                .map(measurement -> measurement.values().get(figure))
                .toList();
    }

    /** A side's delays of all rounds together; empty if it has none. */
    Histogram delays(String side) {
        Histogram all = new Histogram(3);
        of(side).forEach(measurement -> measurement.delays().ifPresent(all::add));
        return all;
    }
}
