package io.deploytail.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Old logs that go while new ones are written. */
final class RetentionScenario implements Scenario {
    private static final Figure DISK_BEFORE = new Figure("database before, MB");
    private static final Figure DISK_AFTER = new Figure("database after, MB");
    private static final String PURGED = "while 1 GB is purged";
    private static final String QUIET = "otherwise";
    private static final int DEPLOYMENTS = 50;
    private static final long BYTES = 20_000_000;
    private static final long RATE = 1000;
    private static final long SECONDS = 8;

    @Override
    public String name() {
        return "retention";
    }

    @Override
    public String title() {
        return "What does deleting old logs cost those who write?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("The delay of " + RATE + " lines a second for " + SECONDS + " s, in which " + DEPLOYMENTS
                + " deployments of 20 MB are deleted: their logs are purged, and the disk given back, in the way of"
                + " `--keep-for` and `--keep-size`.");
        PacedLoad load = new PacedLoad(workshop, RATE, settings.amount(RATE * SECONDS));
        long lines = workshop.pool().linesIn(settings.amount(BYTES));
        try (TestedServer server = TestedServer.start(workshop);
                WarmClient client = WarmClient.start(workshop, server)) {
            Runner runner = Runner.warmClient(client);
            Warming.warm(workshop, settings, runner);
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(PURGED, () -> {
                List<String> ids = new ArrayList<>();
                for (int i = 0; i < settings.count(DEPLOYMENTS); i++) {
                    String id = server.start(workshop.generate(lines, 0));
                    server.awaitEnd(id);
                    ids.add(id);
                }
                double before = server.diskBytes() / 1e6;
                CompletableFuture<Void> deletion =
                        CompletableFuture.runAsync(() -> ids.forEach(server.client()::delete));
                Measurement measurement = load.measure(runner);
                deletion.join();
                awaitPurged(server);
                return measurement.with(DISK_BEFORE, before).with(DISK_AFTER, server.diskBytes() / 1e6);
            });
            sides.put(QUIET, () -> load.measure(runner));
            report.compare(Rounds.alternate(settings.rounds(), sides), PURGED, QUIET);
        }
    }

    /** Until the database does not become smaller any more. */
    private static void awaitPurged(TestedServer server) throws IOException, InterruptedException {
        long before = Long.MAX_VALUE;
        long bytes = server.diskBytes();
        while (bytes < before) {
            TimeUnit.SECONDS.sleep(2);
            before = bytes;
            bytes = server.diskBytes();
        }
    }
}
