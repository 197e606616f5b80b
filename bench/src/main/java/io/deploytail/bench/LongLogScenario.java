package io.deploytail.bench;

import io.deploytail.client.Deployment;
import io.deploytail.client.LogEvent;
import io.deploytail.client.LogRequest;
import io.deploytail.client.LogStream;
import java.util.List;
import java.util.Map;

/** One deployment with a very long log. */
final class LongLogScenario implements Scenario {
    private static final Figure TAIL = new Figure("the last 100 lines, ms");
    private static final Figure DISK = new Figure("database / log bytes");
    private static final String DEPLOYTAIL = "deploytail";
    private static final long BYTES = 1_000_000_000;
    private static final long LARGE_BYTES = 10_000_000_000L;
    private static final long LINES = 100;
    private static final int TAILS = 20;

    @Override
    public String name() {
        return "long-log";
    }

    @Override
    public String title() {
        return "What does a log of 1 GB (`--large`: 10 GB) cost in memory and on disk, and how fast is its end there?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        long lines = workshop.pool().linesIn(settings.amount(settings.large() ? LARGE_BYTES : BYTES));
        try (TestedServer server =
                TestedServer.start(workshop, "--log-limit", "16GiB", "--spool-limit", "16GiB", "--keep-size", "1TiB")) {
            String id = server.start(workshop.generate(lines, 0));
            Deployment deployment = server.follow(id);
            report.show(Figure.SERVER_PEAK_MEMORY, DEPLOYTAIL, List.of(Proc.peakBytes(server.pid()) / 1e6));
            report.goal(Figure.SERVER_PEAK_MEMORY, DEPLOYTAIL, Goal.AT_MOST.of(320));
            report.show(DISK, DEPLOYTAIL, List.of((double) server.diskBytes() / deployment.logSize()));
            measureTail(server, id); // Java compiles what is to be measured
            Rounds rounds = Rounds.alternate(TAILS, Map.of(DEPLOYTAIL, () -> measureTail(server, id)));
            report.note(String.format(
                    "A log of %s MB, followed live. The last 100 lines are asked for %d times.",
                    Console.number(deployment.logSize() / 1e6), TAILS));
            report.compare(rounds, DEPLOYTAIL, null);
            report.goal(TAIL, DEPLOYTAIL, Goal.AT_MOST.of(20));
        }
    }

    private static Measurement measureTail(TestedServer server, String id) throws InterruptedException {
        long start = System.nanoTime();
        long newlines = 0;
        try (LogStream log =
                server.client().follow(LogRequest.of(id).tailLines(LINES).withoutFollowing())) {
            while (log.hasNext()) {
                if (log.next() instanceof LogEvent.Chunk chunk) {
                    newlines += newlinesIn(chunk.bytes());
                }
            }
        }
        if (newlines != LINES) {
            throw new IllegalStateException(newlines + " lines came, not " + LINES);
        }
        return new Measurement().with(TAIL, (System.nanoTime() - start) / 1e6);
    }

    private static int newlinesIn(byte[] bytes) {
        int newlines = 0;
        for (byte b : bytes) {
            if (b == '\n') {
                newlines++;
            }
        }
        return newlines;
    }
}
