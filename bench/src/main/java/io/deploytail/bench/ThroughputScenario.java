package io.deploytail.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One deployment that writes as fast as it can. */
final class ThroughputScenario implements Scenario {
    private static final String DEPLOYTAIL = "deploytail";
    private static final String INSERT = "SQLite alone";
    private static final long BYTES = 1_000_000_000;
    private static final int ROW_BYTES = 64 << 10;

    @Override
    public String name() {
        return "throughput";
    }

    @Override
    public String title() {
        return "How fast does 1 GB go through one deployment to one follower?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("`" + INSERT + "` is a C program that inserts 1 GB from its memory, in rows of 64 KiB with a commit"
                + " each, in WAL mode with synchronous=NORMAL; it runs no command and sends nothing. `ssh`"
                + " stores nothing.");
        long lines = workshop.pool().linesIn(settings.amount(BYTES));
        Digest expected = workshop.flood(lines);
        try (TestedServer server = TestedServer.start(workshop);
                WarmClient client = WarmClient.start(workshop, server)) {
            Warming.warm(workshop, settings, Runner.warmClient(client));
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(DEPLOYTAIL, () -> {
                double cpuBefore = Proc.cpuSeconds(server.pid());
                Proc.forgetPeak(server.pid());
                return measure(workshop, Runner.warmClient(client), lines, expected, server.pid(), client.pid())
                        .with(
                                Figure.SERVER_CPU_PER_GB,
                                (Proc.cpuSeconds(server.pid()) - cpuBefore) / (expected.bytes() / 1e9))
                        .with(Figure.SERVER_PEAK_MEMORY, Proc.peakBytes(server.pid()) / 1e6);
            });
            workshop.insertProgram()
                    .ifPresentOrElse(
                            program -> sides.put(INSERT, () -> insert(workshop, program, expected.bytes())),
                            () -> report.note("`" + INSERT + "` was not measured: it needs `apt-get install gcc"
                                    + " libsqlite3-dev`"));
            Sshd.start(workshop, report)
                    .ifPresent(sshd -> sides.put(
                            LiveScenario.SSH,
                            () -> measure(workshop, Runner.ssh(workshop, sshd), lines, expected, sshd.pid())));
            Rounds rounds = Rounds.alternate(settings.rounds(), sides);
            report.compare(rounds, DEPLOYTAIL, INSERT);
            report.goal(Figure.THROUGHPUT, DEPLOYTAIL, Goal.RATIO_AT_LEAST.of(0.6));
            report.goal(Figure.SERVER_CPU_PER_GB, DEPLOYTAIL, Goal.AT_MOST.of(5));
            if (rounds.has(LiveScenario.SSH)) {
                report.compareOne(rounds, Figure.THROUGHPUT, DEPLOYTAIL, LiveScenario.SSH);
                report.goal(Figure.THROUGHPUT, DEPLOYTAIL, Goal.RATIO_AT_LEAST.of(0.5));
                report.compare(rounds, LiveScenario.SSH, null);
            }
        }
    }

    private static Measurement measure(Workshop workshop, Runner runner, long lines, Digest expected, long... processes)
            throws IOException, InterruptedException {
        try (Cost cost = new Cost(processes)) {
            runner.run(workshop.generate(lines, 0), output -> expected.require(Digest.read(output, expected.bytes())));
            return of(cost, expected.bytes(), cost.seconds());
        }
    }

    private static Measurement insert(Workshop workshop, Path program, long bytes)
            throws IOException, InterruptedException {
        Path directory = Files.createDirectory(workshop.newPath("insert"));
        Process process = workshop.start(new ProcessBuilder(List.of(
                program.toString(),
                directory.resolve("log.db").toString(),
                Long.toString(bytes / ROW_BYTES),
                Integer.toString(ROW_BYTES))));
        try (Cost cost = new Cost(process.pid());
                BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            double seconds = Double.parseDouble(out.readLine());
            process.waitFor();
            return of(cost, bytes, seconds);
        } finally {
            Workshop.delete(directory);
        }
    }

    private static Measurement of(Cost cost, long bytes, double seconds) {
        return new Measurement()
                .with(Figure.THROUGHPUT, bytes / 1e6 / seconds)
                .with(Figure.MACHINE_CPU_PER_GB, cost.machineCpuSeconds() / (bytes / 1e9))
                .with(Figure.PEAK_MEMORY, cost.peakMegabytes());
    }
}
