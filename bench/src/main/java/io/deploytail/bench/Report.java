package io.deploytail.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a scenario has found, as it is kept in a file: Gson reads and writes the fields. Not thread-safe.
 */
final class Report {
    final String name;
    final String title;
    final String command;
    final String commit;
    final String time;
    final String machine;
    final List<Row> rows = new ArrayList<>();
    final List<String> notes = new ArrayList<>();
    final List<String> plots = new ArrayList<>();
    private final transient Map<String, Plot> drawings = new LinkedHashMap<>();

    Report(Scenario scenario, String command, String commit, String machine) {
        this.name = scenario.name();
        this.title = scenario.title();
        this.command = command;
        this.commit = commit;
        this.machine = machine;
        this.time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** Adds something that a reader needs in order to understand the figures. */
    void note(String text) {
        notes.add(text);
    }

    /** Adds a plot, which becomes a file of this name. */
    void plot(String fileName, Plot plot) {
        plots.add(fileName);
        drawings.put(fileName, plot);
    }

    /** Adds a plot of the delays of all sides. */
    void plotDelays(Rounds rounds, String plotTitle) {
        Plot plot = Plot.ofPercentiles(plotTitle);
        rounds.sides().forEach(side -> plot.delays(side, rounds.delays(side)));
        plot(name + ".svg", plot);
    }

    void savePlots(Path directory) throws IOException {
        for (Map.Entry<String, Plot> drawing : drawings.entrySet()) {
            drawing.getValue().save(directory.resolve(drawing.getKey()));
        }
    }

    /** Adds all figures of a side, beside those of a yardstick where it has them too. */
    void compare(Rounds rounds, String side, @Nullable String yardstick) {
        rounds.figures(side).forEach(figure -> compareOne(rounds, figure, side, yardstick));
    }

    /** Adds one figure of a side, beside that of a yardstick where it has it too. */
    void compareOne(Rounds rounds, Figure figure, String side, @Nullable String yardstick) {
        if (yardstick != null
                && rounds.has(yardstick)
                && rounds.figures(yardstick).contains(figure)) {
            rows.add(new Row(
                    figure.name(), side, rounds.values(side, figure), yardstick, rounds.values(yardstick, figure)));
        } else {
            show(figure, side, rounds.values(side, figure));
        }
    }

    /** Adds one figure that has nothing beside it. */
    void show(Figure figure, String side, List<Double> values) {
        rows.add(new Row(figure.name(), side, values, null, null));
    }

    /** Sets a goal for the row that was added last for this. Whether a ratio is reached can't be told without a yardstick. */
    void goal(Figure figure, String side, Goal.Target target) {
        for (int i = rows.size() - 1; i >= 0; i--) {
            Row row = rows.get(i);
            if (row.figure.equals(figure.name()) && row.side.equals(side)) {
                row.setGoal(target);
                return;
            }
        }
        throw new IllegalArgumentException("no row for " + figure + " of " + side);
    }

    /** A line of the table. */
    static final class Row {
        final String figure;
        final String side;
        final List<Double> values;
        final @Nullable String yardstick;
        final @Nullable List<Double> yardstickValues;

        @Nullable
        String goal;

        @Nullable
        Boolean isReached;

        Row(
                String figure,
                String side,
                List<Double> values,
                @Nullable String yardstick,
                @Nullable List<Double> yardstickValues) {
            this.figure = figure;
            this.side = side;
            this.values = values;
            this.yardstick = yardstick;
            this.yardstickValues = yardstickValues;
        }

        double median() {
            return Statistics.median(values);
        }

        List<Double> ratios() {
            return yardstickValues == null ? List.of() : Statistics.ratios(values, yardstickValues);
        }

        void setGoal(Goal.Target target) {
            goal = target.toString();
            boolean needsYardstick = target.goal() == Goal.RATIO_AT_MOST || target.goal() == Goal.RATIO_AT_LEAST;
            if (needsYardstick && yardstickValues == null) {
                return;
            }
            isReached = target.isReached(median(), yardstickValues == null ? 0 : Statistics.median(ratios()));
        }
    }
}
