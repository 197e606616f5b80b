package io.deploytail.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.HdrHistogram.Histogram;

/** A chart of lines, drawn as SVG, readable on light and dark pages. The vertical axis is logarithmic. */
final class Plot {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 400;
    private static final int LEFT = 80;
    private static final int RIGHT = 20;
    private static final int TOP = 40;
    private static final int BOTTOM = 70;
    private static final List<String> COLOURS = List.of("#0b62d6", "#d1500b", "#2a8a3e", "#8a3fc2", "#777777");

    private static final int STEPS_PER_NINE = 20;
    private static final double ROUNDING = 1e-6;

    private final String title;
    private final String xTitle;
    private final String yTitle;
    private final DoubleUnaryOperator xScale;
    private final Map<String, Double> xTicks;
    private final Map<String, List<Point>> lines = new LinkedHashMap<>();

    private Plot(String title, String xTitle, String yTitle, DoubleUnaryOperator xScale, Map<String, Double> xTicks) {
        this.title = title;
        this.xTitle = xTitle;
        this.yTitle = yTitle;
        this.xScale = xScale;
        this.xTicks = xTicks;
    }

    /** A chart of delays by percentile; each further nine has as much room as the one before. */
    static Plot ofPercentiles(String title) {
        Map<String, Double> ticks = new LinkedHashMap<>();
        for (String percentile : List.of("0", "50", "90", "99", "99.9", "99.99", "99.999")) {
            ticks.put(percentile + " %", Double.parseDouble(percentile));
        }
        return new Plot(title, "so many lines took no longer", "delay, µs", x -> -Math.log10(1 - x / 100), ticks);
    }

    /** A chart against a size or a number, on a logarithmic axis, with these ticks. */
    static Plot ofGrowth(String title, String xTitle, String yTitle, Map<String, Double> ticks) {
        return new Plot(title, xTitle, yTitle, Math::log10, ticks);
    }

    Plot line(String name, List<Point> points) {
        lines.put(name, points);
        return this;
    }

    /** Adds delays in nanoseconds. */
    Plot delays(String name, Histogram nanos) {
        List<Point> points = new ArrayList<>();
        double mostNines = Math.log10((double) nanos.getTotalCount());
        for (int step = 0; step <= mostNines * STEPS_PER_NINE + ROUNDING; step++) {
            double percentile = 100 * (1 - Math.pow(10, -(double) step / STEPS_PER_NINE));
            points.add(new Point(percentile, nanos.getValueAtPercentile(percentile) / 1e3));
        }
        return line(name, points);
    }

    void save(Path file) throws IOException {
        Files.writeString(file, draw());
    }

    String draw() {
        Range x = Range.of(lines.values().stream()
                .flatMap(List::stream)
                .map(point -> xScale.applyAsDouble(point.x()))
                .toList());
        Range y = Range.of(lines.values().stream()
                        .flatMap(List::stream)
                        .map(point -> Math.log10(point.y()))
                        .toList())
                .whole();
        StringBuilder svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"13\" fill=\"#888\">",
                WIDTH,
                HEIGHT);
        add(svg, "<text x=\"%d\" y=\"20\" font-size=\"15\">%s</text>", LEFT, title);
        for (double power = y.from(); power <= y.to(); power++) {
            double at = yOf(y, power);
            add(svg, "<path d=\"M%d %.1fH%d\" stroke=\"#8884\"/>", LEFT, at, WIDTH - RIGHT);
            add(svg, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT - 8, at + 4, powerOfTen(power));
        }
        xTicks.forEach((label, value) -> {
            double scaled = xScale.applyAsDouble(value);
            if (scaled >= x.from() - ROUNDING && scaled <= x.to() + ROUNDING) {
                double at = xOf(x, scaled);
                add(svg, "<path d=\"M%.1f %dV%d\" stroke=\"#8884\"/>", at, TOP, HEIGHT - BOTTOM);
                add(svg, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>", at, HEIGHT - BOTTOM + 18, label);
            }
        });
        add(svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", WIDTH - RIGHT, HEIGHT - BOTTOM + 36, xTitle);
        add(svg, "<text x=\"%d\" y=\"%d\">%s</text>", 8, TOP - 6, yTitle);
        int index = 0;
        for (Map.Entry<String, List<Point>> line : lines.entrySet()) {
            String colour = COLOURS.get(index % COLOURS.size());
            StringBuilder path = new StringBuilder();
            for (Point point : line.getValue()) {
                path.append(path.isEmpty() ? 'M' : 'L')
                        .append(String.format(
                                Locale.ROOT,
                                "%.1f %.1f",
                                xOf(x, xScale.applyAsDouble(point.x())),
                                yOf(y, Math.log10(point.y()))));
            }
            add(svg, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>", path, colour);
            int left = LEFT + index * 160;
            add(svg, "<path d=\"M%d %dh20\" stroke=\"%s\" stroke-width=\"3\"/>", left, HEIGHT - 14, colour);
            add(svg, "<text x=\"%d\" y=\"%d\">%s</text>", left + 26, HEIGHT - 10, line.getKey());
            index++;
        }
        return svg.append("</svg>\n").toString();
    }

    private static void add(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }

    private static String powerOfTen(double power) {
        return power < 0
                ? String.format(Locale.ROOT, "%." + (int) -power + "f", Math.pow(10, power))
                : String.format(Locale.ROOT, "%,.0f", Math.pow(10, power)).replace(',', ' ');
    }

    private static double xOf(Range range, double scaled) {
        return LEFT + (WIDTH - LEFT - RIGHT) * range.part(scaled);
    }

    private static double yOf(Range range, double scaled) {
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * range.part(scaled);
    }

    /** A point, before any scaling. */
    record Point(double x, double y) {}

    private record Range(double from, double to) {
        static Range of(List<Double> values) {
            double least = values.stream().mapToDouble(value -> value).min().orElse(0);
            double most = values.stream().mapToDouble(value -> value).max().orElse(1);
            return new Range(least, most > least ? most : least + 1);
        }

        Range whole() {
            return new Range(Math.floor(from), Math.ceil(to));
        }

        double part(double value) {
            return (value - from) / (to - from);
        }
    }
}
