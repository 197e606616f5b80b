package io.deploytail.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** One deployment that writes a line now and then. */
final class LiveScenario implements Scenario {
    static final String WARM = "warm client";
    static final String SSH = "ssh localhost";
    private static final String COLD = "`deploytail run`";
    private static final String TAIL = "tee and tail -F";
    private static final long RATE = 200;
    private static final long SECONDS = 15;

    @Override
    public String name() {
        return "live";
    }

    @Override
    public String title() {
        return "How long is a line under way, at 200 lines a second?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("From the command's `write` to the moment in which a reader of the client's standard output has the"
                + " line. " + SECONDS + " s each. The warm client has followed deployments before; `deploytail run` is"
                + " started anew each time, as `ssh` is.");
        PacedLoad load = new PacedLoad(workshop, RATE, settings.amount(RATE * SECONDS));
        try (TestedServer server = TestedServer.start(workshop);
                WarmClient client = WarmClient.start(workshop, server)) {
            Warming.warm(workshop, settings, Runner.warmClient(client));
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(WARM, () -> load.measure(Runner.warmClient(client)));
            sides.put(COLD, () -> load.measure(Runner.coldClient(workshop, server)));
            sides.put(TAIL, () -> load.measure(Runner.tail(workshop)));
            Sshd.start(workshop, report)
                    .ifPresent(sshd -> sides.put(SSH, () -> load.measure(Runner.ssh(workshop, sshd))));
            Rounds rounds = Rounds.alternate(settings.rounds(), sides);
            report.compare(rounds, WARM, SSH);
            report.compare(rounds, COLD, SSH);
            report.compare(rounds, TAIL, SSH);
            report.goal(Figure.DELAY_P50, WARM, Goal.RATIO_AT_MOST.of(2));
            report.goal(Figure.DELAY_P99, WARM, Goal.RATIO_AT_MOST.of(2));
            report.goal(Figure.DELAY_P999, WARM, Goal.RATIO_AT_MOST.of(1));
            report.goal(Figure.DELAY_P50, COLD, Goal.RATIO_AT_MOST.of(2.5));
            report.goal(Figure.DELAY_P99, COLD, Goal.RATIO_AT_MOST.of(4));
            report.goal(Figure.DELAY_P999, COLD, Goal.RATIO_AT_MOST.of(4));
            report.plotDelays(rounds, "Delay of a line at 200 lines a second");
        }
    }
}
