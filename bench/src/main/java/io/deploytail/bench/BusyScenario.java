package io.deploytail.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/** One deployment that writes a great many lines. */
final class BusyScenario implements Scenario {
    private static final long RATE = 50_000;
    private static final long SECONDS = 10;

    @Override
    public String name() {
        return "busy";
    }

    @Override
    public String title() {
        return "How long is a line under way, at 50 000 lines a second?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("As [live](#live), each line by a `write` of its own, for " + SECONDS + " s.");
        PacedLoad load = new PacedLoad(workshop, RATE, settings.amount(RATE * SECONDS));
        try (TestedServer server = TestedServer.start(workshop);
                WarmClient client = WarmClient.start(workshop, server)) {
            Warming.warm(workshop, settings, Runner.warmClient(client));
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(LiveScenario.WARM, () -> load.measure(Runner.warmClient(client)));
            Sshd.start(workshop, report)
                    .ifPresent(sshd -> sides.put(LiveScenario.SSH, () -> load.measure(Runner.ssh(workshop, sshd))));
            Rounds rounds = Rounds.alternate(settings.rounds(), sides);
            report.compare(rounds, LiveScenario.WARM, LiveScenario.SSH);
            report.goal(Figure.DELAY_P99, LiveScenario.WARM, Goal.AT_MOST.of(4_000));
            report.plotDelays(rounds, "Delay of a line at 50 000 lines a second");
        }
    }
}
