package io.deploytail.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code RESULTS.md}, made from the newest report of each scenario. The reports are kept beside it, so that one scenario
 * can be measured again without the others.
 */
final class ResultsPage {
    private static final Gson gson =
            new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

    private final Path directory;

    /** @param directory of the page; the reports and plots are in {@code results} in it */
    ResultsPage(Path directory) {
        this.directory = directory;
    }

    /** Where plots go. */
    Path plots() throws IOException {
        return Files.createDirectories(directory.resolve("results"));
    }

    void keep(Report report) throws IOException {
        Files.writeString(plots().resolve(report.name + ".json"), gson.toJson(report) + "\n");
    }

    /** Writes the page anew, the scenarios in this order. */
    void write(List<String> scenarios) throws IOException {
        List<Report> reports = new ArrayList<>();
        for (String scenario : scenarios) {
            Path file = plots().resolve(scenario + ".json");
            if (Files.exists(file)) {
                reports.add(gson.fromJson(Files.readString(file), Report.class));
            }
        }
        StringBuilder page = new StringBuilder();
        page.append("""
                # Results

                Made by `bench/run.sh`; see [how it measures](README.md). Each figure is the median over the rounds, with the
                least and the most in brackets; a ratio is ours divided by the yardstick's in the same round, and again
                the median. MB and GB are powers of ten.

                ## Goals

                """);
        page.append(goals(reports));
        Path limits = plots().resolve("limits.md");
        if (Files.exists(limits)) {
            page.append('\n').append(Files.readString(limits));
        }
        reports.forEach(report -> page.append(section(report)));
        Files.writeString(directory.resolve("RESULTS.md"), page);
    }

    private static String goals(List<Report> reports) {
        Table table = new Table("scenario", "figure", "of", "measured", "beside", "ratio", "goal", "reached");
        for (Report report : reports) {
            report.rows.stream()
                    .filter(row -> row.goal != null)
                    .forEach(row -> table.add(
                            "[" + report.name + "](#" + report.name + ")",
                            row.figure,
                            row.side,
                            median(row.values),
                            yardstick(row),
                            ratio(row, false),
                            String.valueOf(row.goal),
                            row.isReached == null ? "not measured" : row.isReached ? "yes" : "**no**"));
        }
        return table.toString();
    }

    private static String section(Report report) {
        StringBuilder section = new StringBuilder();
        section.append(String.format(Locale.ROOT, "%n## %s%n%n%s%n%n", report.name, report.title));
        report.notes.forEach(note -> section.append("- ").append(note).append('\n'));
        section.append(String.format(
                Locale.ROOT,
                "- `%s` at %s, commit %s, on %s%n%n",
                report.command,
                report.time,
                report.commit,
                report.machine));
        Table table = new Table("figure", "of", "measured", "beside", "ratio");
        report.rows.forEach(
                row -> table.add(row.figure, row.side, spread(row.values), yardstick(row), ratio(row, true)));
        section.append(table);
        report.plots.forEach(plot -> section.append(
                String.format(Locale.ROOT, "%n![%s](results/%s)%n", plot.replaceAll("\\.svg$", ""), plot)));
        return section.toString();
    }

    private static String yardstick(Report.Row row) {
        return row.yardstickValues == null ? "" : row.yardstick + ": " + median(row.yardstickValues);
    }

    private static String ratio(Report.Row row, boolean withSpread) {
        if (row.yardstickValues == null) {
            return "";
        }
        return withSpread ? spread(row.ratios()) : median(row.ratios());
    }

    private static String median(List<Double> values) {
        return Console.number(Statistics.median(values));
    }

    private static String spread(List<Double> values) {
        if (values.size() == 1) {
            return median(values);
        }
        double least = values.stream().mapToDouble(value -> value).min().orElseThrow();
        double most = values.stream().mapToDouble(value -> value).max().orElseThrow();
        return median(values) + " (" + Console.number(least) + " to " + Console.number(most) + ")";
    }

    /** A table in Markdown. */
    private static final class Table {
        private final StringBuilder text = new StringBuilder();

        Table(String... titles) {
            add(titles);
            text.append("|").append(" --- |".repeat(titles.length)).append('\n');
        }

        final void add(String... cells) {
            text.append("| ").append(String.join(" | ", cells)).append(" |\n");
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
