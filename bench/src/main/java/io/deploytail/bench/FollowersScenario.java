package io.deploytail.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;

/** One deployment with many followers. */
final class FollowersScenario implements Scenario {
    static final String DEPLOYTAIL = "deploytail";
    static final String RAW = "raw gRPC";
    private static final int[] COUNTS = {1, 10, 100, 1000};
    private static final long RATE = 200;
    private static final long SECONDS = 4;
    private static final long BYTES_IN_ALL = 1_000_000_000;
    private static final long MAX_BYTES = 500_000_000;

    @Override
    public String name() {
        return "followers";
    }

    @Override
    public String title() {
        return "What do 1, 10, 100 and 1000 followers of one deployment get?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("`" + RAW + "` sends such messages from memory to the same followers: no command, no file, no"
                + " database. All followers are in one process. Delays at " + RATE + " lines a second, for " + SECONDS
                + " s; flat out, all followers together get 1 GB (one alone 0.5 GB).");
        Map<Integer, Double> delays = new TreeMap<>();
        Map<Integer, Double> rawDelays = new TreeMap<>();
        for (int count : COUNTS) {
            if (count > settings.count(count)) {
                continue;
            }
            Rounds rounds = measure(workshop, settings, count);
            report.compare(rounds, side(DEPLOYTAIL, count), side(RAW, count));
            delays.put(count, Statistics.median(rounds.values(side(DEPLOYTAIL, count), Figure.DELAY_P50)));
            rawDelays.put(count, Statistics.median(rounds.values(side(RAW, count), Figure.DELAY_P50)));
            if (count == 1000) {
                report.goal(Figure.DELAY_P99, side(DEPLOYTAIL, count), Goal.AT_MOST.of(10_000));
                report.goal(Figure.THROUGHPUT, side(DEPLOYTAIL, count), Goal.RATIO_AT_LEAST.of(0.9));
                report.goal(Figure.SERVER_PEAK_MEMORY, side(DEPLOYTAIL, count), Goal.AT_MOST.of(512));
            }
        }
        Map<String, Double> ticks = new LinkedHashMap<>();
        delays.keySet().forEach(count -> ticks.put(String.valueOf(count), (double) count));
        report.plot(
                "followers.svg",
                Plot.ofGrowth("Median delay of a line at 200 lines a second", "followers", "delay, µs", ticks)
                        .line(DEPLOYTAIL, points(delays))
                        .line(RAW, points(rawDelays)));
    }

    private static String side(String side, int count) {
        return side + ", " + count;
    }

    private static List<Plot.Point> points(Map<Integer, Double> values) {
        List<Plot.Point> points = new ArrayList<>();
        values.forEach((count, value) -> points.add(new Plot.Point(count, value)));
        return points;
    }

    private static Rounds measure(Workshop workshop, Settings settings, int count) throws Exception {
        long lines = settings.amount(RATE * SECONDS);
        long floodLines = workshop.pool().linesIn(settings.amount(Math.min(MAX_BYTES, BYTES_IN_ALL / count)));
        Digest flood = workshop.flood(floodLines);
        try (TestedServer server = TestedServer.start(workshop);
                RawGrpcServer raw = RawGrpcServer.start(workshop)) {
            Source deploytail = new Source() {
                @Override
                public String lines(long startNanos) {
                    return server.start(workshop.generate(lines, RATE, startNanos));
                }

                @Override
                public String flood(long startNanos) {
                    return server.start(workshop.generate(floodLines, 0, startNanos));
                }
            };
            Source plain = new Source() {
                @Override
                public String lines(long startNanos) {
                    return RawGrpcServer.lines(lines, RATE, startNanos);
                }

                @Override
                public String flood(long startNanos) {
                    return RawGrpcServer.flood(flood.bytes(), startNanos);
                }
            };
            Side ours = () -> {
                Proc.forgetPeak(server.pid());
                Measurement measurement = measureLines(workshop, server.address(), deploytail, count, lines);
                measureFlood(server.address(), deploytail, count, flood, measurement)
                        .forEach(flood::require);
                return measurement.with(Figure.SERVER_PEAK_MEMORY, Proc.peakBytes(server.pid()) / 1e6);
            };
            Side yardstick = () -> {
                Proc.forgetPeak(raw.pid());
                Measurement measurement = measureLines(workshop, raw.address(), plain, count, lines);
                measureFlood(raw.address(), plain, count, flood, measurement);
                return measurement.with(Figure.SERVER_PEAK_MEMORY, Proc.peakBytes(raw.pid()) / 1e6);
            };
            ours.measure(); // Java compiles what is to be measured
            yardstick.measure();
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(side(DEPLOYTAIL, count), ours);
            sides.put(side(RAW, count), yardstick);
            return Rounds.alternate(settings.rounds(), sides);
        }
    }

    private static Measurement measureLines(Workshop workshop, String address, Source source, int count, long lines)
            throws Exception {
        ConcurrentHistogram delays = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(1), 3);
        try (Streams streams = new Streams(address)) {
            long start = startTime(count);
            String id = source.lines(start);
            for (int i = 0; i < count; i++) {
                streams.follow(id, Follow.lines(workshop.pool(), lines, delays::recordValue));
            }
            streams.awaitAttached(start);
            streams.awaitEnds();
        }
        if (delays.getTotalCount() != count * lines) {
            throw new IllegalStateException(delays.getTotalCount() + " lines came, not " + count * lines);
        }
        return new Measurement().withDelays(delays);
    }

    private static List<Digest> measureFlood(
            String address, Source source, int count, Digest expected, Measurement measurement) throws Exception {
        List<Follow.Flood> followers = new ArrayList<>();
        try (Streams streams = new Streams(address)) {
            long start = startTime(count);
            String id = source.flood(start);
            for (int i = 0; i < count; i++) {
                Follow.Flood follower = new Follow.Flood();
                followers.add(follower);
                streams.follow(id, follower);
            }
            streams.awaitAttached(start);
            double seconds = (streams.awaitEnds() - start) / 1e9;
            measurement.with(Figure.THROUGHPUT, count * expected.bytes() / 1e6 / seconds);
        }
        return followers.stream().map(Follow.Flood::digest).toList();
    }

    /** When so many will have attached. */
    private static long startTime(int count) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(3000 + 3L * count);
    }

    /** Whom to follow for lines, and for a flood, that begin at a time. */
    private interface Source {
        String lines(long startNanos);

        String flood(long startNanos);
    }
}
