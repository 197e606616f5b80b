package io.deploytail.bench;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;

/** A follower that does not read what it is sent, among others who do. */
final class StalledScenario implements Scenario {
    private static final String WITHOUT = "without";
    private static final String WITH = "one of them stalled";
    private static final int FOLLOWERS = 100;
    private static final long RATE = 1000;
    private static final long SECONDS = 10;
    private static final long START_SECONDS = 4;

    @Override
    public String name() {
        return "stalled";
    }

    @Override
    public String title() {
        return "What does one stalled follower among 100 cost the others?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("The delay of " + RATE + " lines a second to the others, for " + SECONDS + " s. The one that stalls"
                + " has a connection of its own, takes one message, and no more.");
        int others = settings.count(FOLLOWERS) - 1;
        long lines = settings.amount(RATE * SECONDS);
        try (TestedServer server = TestedServer.start(workshop)) {
            measure(workshop, server, others, lines, 1); // Java compiles what is to be measured
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(WITH, () -> measure(workshop, server, others, lines, 1));
            sides.put(WITHOUT, () -> measure(workshop, server, others, lines, 0));
            Rounds rounds = Rounds.alternate(settings.rounds(), sides);
            report.compare(rounds, WITH, WITHOUT);
            report.goal(Figure.DELAY_P99, WITH, Goal.RATIO_AT_MOST.of(1.1));
        }
    }

    private static Measurement measure(Workshop workshop, TestedServer server, int others, long lines, int stalled)
            throws Exception {
        ConcurrentHistogram delays = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(1), 3);
        try (Streams streams = new Streams(server.address())) {
            long start = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
            String id = server.start(workshop.generate(lines, RATE, start));
            for (int i = 0; i < stalled; i++) {
                streams.stall(id);
            }
            for (int i = 0; i < others; i++) {
                streams.follow(id, Follow.lines(workshop.pool(), lines, delays::recordValue));
            }
            streams.awaitAttached(start);
            streams.awaitEnds();
        }
        return new Measurement().withDelays(delays);
    }
}
