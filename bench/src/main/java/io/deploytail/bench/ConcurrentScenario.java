package io.deploytail.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;

/** Many deployments that write at the same time. */
final class ConcurrentScenario implements Scenario {
    private static final String DEPLOYTAIL = "deploytail";
    private static final int DEPLOYMENTS = 100;
    private static final long RATE = 20;
    private static final long SECONDS = 10;
    private static final long START_SECONDS = 5;

    /** As many as can start, or log in, within a second, on two slow cores. */
    private static final int STARTS_PER_SECOND = 5;

    @Override
    public String name() {
        return "concurrent";
    }

    @Override
    public String title() {
        return "How long is a line under way when 100 deployments run at once?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("Each writes " + RATE + " lines a second for " + SECONDS
                + " s and has a follower of its own. `ssh` has a"
                + " connection for each. Memory is that of the server with its recorders and"
                + " commands, or of all of sshd's processes; what they share counts for each.");
        int count = settings.count(DEPLOYMENTS);
        long lines = settings.amount(RATE * SECONDS);
        try (TestedServer server = TestedServer.start(workshop)) {
            measure(workshop, server, count, lines); // Java compiles what is to be measured
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(DEPLOYTAIL, () -> measure(workshop, server, count, lines));
            Sshd.start(workshop, report)
                    .ifPresent(sshd -> sides.put(LiveScenario.SSH, () -> measure(workshop, sshd, count, lines)));
            report.compare(Rounds.alternate(settings.rounds(), sides), DEPLOYTAIL, LiveScenario.SSH);
        }
    }

    private static Measurement measure(Workshop workshop, TestedServer server, int count, long lines) throws Exception {
        ConcurrentHistogram delays = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(1), 3);
        long start = startTime(count);
        try (Streams streams = new Streams(server.address())) {
            for (int i = 0; i < count; i++) {
                String id = server.start(workshop.generate(lines, RATE, start));
                streams.follow(id, Follow.lines(workshop.pool(), lines, delays::recordValue));
            }
            streams.awaitAttached(start);
            try (Cost cost = costFrom(start, server.pid())) {
                streams.awaitEnds();
                return of(cost, delays, count * lines);
            }
        }
    }

    private static Measurement measure(Workshop workshop, Sshd sshd, int count, long lines) throws Exception {
        ConcurrentHistogram delays = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(1), 3);
        long start = startTime(count);
        Runner ssh = Runner.ssh(workshop, sshd);
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<Future<?>> runs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                LineReader reader = new LineReader(workshop.pool(), lines, delays::recordValue);
                runs.add(threads.submit(() -> {
                    ssh.run(workshop.generate(lines, RATE, start), reader::readAll);
                    return null;
                }));
            }
            try (Cost cost = costFrom(start, sshd.pid())) {
                for (Future<?> run : runs) {
                    run.get();
                }
                return of(cost, delays, count * lines);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** When so many will have begun. */
    private static long startTime(int count) {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS + count / STARTS_PER_SECOND);
    }

    private static Cost costFrom(long startNanos, long pid) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(startNanos - System.nanoTime());
        return new Cost(pid);
    }

    private static Measurement of(Cost cost, ConcurrentHistogram delays, long lines) {
        if (delays.getTotalCount() != lines) {
            throw new IllegalStateException(delays.getTotalCount() + " lines came, not " + lines);
        }
        return new Measurement()
                .withDelays(delays)
                .with(Figure.MACHINE_CPU, cost.machineCpuSeconds())
                .with(Figure.PEAK_MEMORY, cost.peakMegabytes());
    }
}
