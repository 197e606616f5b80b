package io.deploytail.bench;

import io.deploytail.client.Deployment;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;

/** Many web pages that are open on one deployment while it runs. */
final class PagesScenario implements Scenario {
    private static final Figure DURATION = new Figure("duration of the deployment, s");
    private static final Figure SERVER_CPU = new Figure("CPU of the server, s");
    private static final String OPEN = "200 pages open";
    private static final String NONE = "no page open";
    private static final int PAGES = 200;
    private static final long RATE = 200;
    private static final long SECONDS = 10;
    private static final long MILLIS_TO_OPEN = 5000;

    @Override
    public String name() {
        return "pages";
    }

    @Override
    public String title() {
        return "What do 200 open web pages cost the deployment that they show?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("A deployment writes " + RATE + " lines a second for " + SECONDS + " s. Each page takes them over a"
                + " connection of its own, as a browser does, and checks each line; all are in one process, and delays"
                + " are theirs.");
        long lines = settings.amount(RATE * SECONDS);
        try (TestedServer server = TestedServer.start(workshop, "--web", "127.0.0.1:0")) {
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(OPEN, () -> measure(workshop, server, lines, settings.count(PAGES)));
            sides.put(NONE, () -> measure(workshop, server, lines, 0));
            for (Side side : sides.values()) {
                side.measure(); // Java compiles what is to be measured
            }
            report.compare(Rounds.alternate(settings.rounds(), sides), OPEN, NONE);
        }
    }

    private static Measurement measure(Workshop workshop, TestedServer server, long lines, int count) throws Exception {
        ConcurrentHistogram delays = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(1), 3);
        long start = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MILLIS_TO_OPEN);
        String id = server.start(workshop.generate(lines, RATE, start));
        WebPages pages = new WebPages();
        for (int i = 0; i < count; i++) {
            pages.open(URI.create(server.webPage() + "deployments/" + id), workshop.pool(), lines, delays::recordValue);
        }
        pages.awaitAttached();
        if (System.nanoTime() - start > 0) {
            throw new IllegalStateException("pages were opened too late");
        }
        double cpuBefore = Proc.cpuSeconds(server.pid());
        Deployment ended = server.awaitEnd(id);
        pages.awaitEnds();
        Measurement measurement = new Measurement()
                .with(DURATION, seconds(ended))
                .with(SERVER_CPU, Proc.cpuSeconds(server.pid()) - cpuBefore)
                .with(Figure.SERVER_PEAK_MEMORY, Proc.peakBytes(server.pid()) / 1e6);
        return count == 0 ? measurement : measurement.withDelays(delays);
    }

    private static double seconds(Deployment ended) {
        return Duration.between(ended.startTime().orElseThrow(), ended.endTime().orElseThrow())
                        .toMillis()
                / 1e3;
    }
}
