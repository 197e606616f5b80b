package io.deploytail.bench;

import io.deploytail.client.DeployRequest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** One deployment that writes as fast as it can, with values that must not be in its log. */
final class SecretsScenario implements Scenario {
    private static final String NONE = "no secret";
    private static final long BYTES = 500_000_000;
    private static final int SECRET_LENGTH = 32;

    @Override
    public String name() {
        return "secrets";
    }

    @Override
    public String title() {
        return "What does it cost to keep secrets out of a log?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("500 MB through one deployment to one follower, with so many `secret_env` of " + SECRET_LENGTH
                + " random letters and digits, each looked for in all its forms. None is in the log, as in a deploy that"
                + " gives nothing away.");
        long lines = workshop.pool().linesIn(settings.amount(BYTES));
        Digest expected = workshop.flood(lines);
        try (TestedServer server = TestedServer.start(workshop)) {
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(NONE, () -> measure(workshop, server, 0, lines, expected));
            sides.put("1 secret", () -> measure(workshop, server, 1, lines, expected));
            sides.put("20 secrets", () -> measure(workshop, server, 20, lines, expected));
            for (Side side : sides.values()) {
                side.measure(); // Java compiles what is to be measured
            }
            Rounds rounds = Rounds.alternate(settings.rounds(), sides);
            for (String side : rounds.sides()) {
                report.compare(rounds, side, side.equals(NONE) ? null : NONE);
            }
        }
    }

    private static Measurement measure(Workshop workshop, TestedServer server, int secrets, long lines, Digest expected)
            throws Exception {
        DeployRequest.Builder request = DeployRequest.builder(workshop.generate(lines, 0));
        Random random = new Random(1);
        for (int i = 0; i < secrets; i++) {
            request.secretEnv("SECRET_" + i, secret(random));
        }
        Follow.Flood flood = new Follow.Flood();
        try (Streams streams = new Streams(server.address())) {
            long startNanos = System.nanoTime();
            double cpuBefore = Proc.cpuSeconds(server.pid());
            streams.follow(server.client().start(request.build()).id(), flood);
            double seconds = (streams.awaitEnds() - startNanos) / 1e9;
            expected.require(flood.digest());
            return new Measurement()
                    .with(Figure.THROUGHPUT, expected.bytes() / 1e6 / seconds)
                    .with(
                            Figure.SERVER_CPU_PER_GB,
                            (Proc.cpuSeconds(server.pid()) - cpuBefore) / (expected.bytes() / 1e9));
        }
    }

    private static String secret(Random random) {
        return random.ints(0, 36)
                .limit(SECRET_LENGTH)
                .mapToObj(digit -> Integer.toString(digit, 36))
                .reduce("", String::concat);
    }
}
