package io.deploytail.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** A stored log, read again. */
final class ReplayScenario implements Scenario {
    private static final Figure WIRE = new Figure("bytes on the wire / log bytes");
    private static final long BYTES = 1_000_000_000;

    @Override
    public String name() {
        return "replay";
    }

    @Override
    public String title() {
        return "How fast is a stored log of 1 GB replayed?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("One stream. Bytes on the wire are all that went over the loopback interface meanwhile, with the"
                + " headers of HTTP/2, TCP and IP.");
        long lines = workshop.pool().linesIn(settings.amount(BYTES));
        Digest expected = workshop.flood(lines);
        try (TestedServer server = TestedServer.start(workshop);
                RawGrpcServer raw = RawGrpcServer.start(workshop)) {
            String id = server.start(workshop.generate(lines, 0));
            server.follow(id);
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(FollowersScenario.DEPLOYTAIL, () -> {
                double cpuBefore = Proc.cpuSeconds(server.pid());
                Follow.Flood follower = new Follow.Flood();
                Measurement measurement = measure(server.address(), id, expected.bytes(), follower);
                expected.require(follower.digest());
                return measurement.with(
                        Figure.SERVER_CPU_PER_GB,
                        (Proc.cpuSeconds(server.pid()) - cpuBefore) / (expected.bytes() / 1e9));
            });
            sides.put(FollowersScenario.RAW, () -> {
                double cpuBefore = Proc.cpuSeconds(raw.pid());
                String flood = RawGrpcServer.flood(expected.bytes(), System.nanoTime());
                return measure(raw.address(), flood, expected.bytes(), new Follow.Flood())
                        .with(
                                Figure.SERVER_CPU_PER_GB,
                                (Proc.cpuSeconds(raw.pid()) - cpuBefore) / (expected.bytes() / 1e9));
            });
            for (Side side : sides.values()) {
                side.measure(); // Java compiles what is to be measured
            }
            Rounds rounds = Rounds.alternate(settings.rounds(), sides);
            report.compare(rounds, FollowersScenario.DEPLOYTAIL, FollowersScenario.RAW);
            report.goal(Figure.THROUGHPUT, FollowersScenario.DEPLOYTAIL, Goal.RATIO_AT_LEAST.of(0.5));
            report.goal(WIRE, FollowersScenario.DEPLOYTAIL, Goal.AT_MOST.of(1.01));
        }
    }

    private static Measurement measure(String address, String id, long bytes, Follow.Flood follower) throws Exception {
        try (Streams streams = new Streams(address)) {
            long wireBefore = Proc.loopbackBytes();
            long start = System.nanoTime();
            streams.follow(id, follower);
            double seconds = (streams.awaitEnds() - start) / 1e9;
            return new Measurement()
                    .with(Figure.THROUGHPUT, bytes / 1e6 / seconds)
                    .with(WIRE, (double) (Proc.loopbackBytes() - wireBefore) / bytes);
        }
    }
}
