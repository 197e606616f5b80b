package io.deploytail.bench;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs scenarios and writes down what they find. */
@Command(
        name = "bench/run.sh",
        mixinStandardHelpOptions = true,
        description = "Measures Deploytail beside what people would use instead, and writes bench/RESULTS.md.")
public final class Main implements Callable<Integer> {
    private static final Duration TIME_LIMIT = Duration.ofHours(1);

    private static final List<Scenario> SCENARIOS = List.of(
            new LiveScenario(),
            new BusyScenario(),
            new ThroughputScenario(),
            new SecretsScenario(),
            new FollowersScenario(),
            new StalledScenario(),
            new PagesScenario(),
            new ReplayScenario(),
            new AppendScenario(),
            new LongLogScenario(),
            new ConcurrentScenario(),
            new StartsScenario(),
            new HistoryScenario(),
            new StartUpScenario(),
            new RetentionScenario());

    @Parameters(paramLabel = "SCENARIO", description = "What to measure; everything unless named.")
    private List<String> names = List.of();

    @Option(names = "--rounds", paramLabel = "N", description = "How often each side is measured. Default: 5.")
    private int rounds = 5;

    @Option(names = "--large", description = "With logs of 4 and 10 GB; takes 30 GB of disk.")
    private boolean large;

    @Option(names = "--smoke", description = "Only see whether it works, in a minute or two; writes no results.")
    private boolean smoke;

    @Option(names = "--list", description = "Print the scenarios.")
    private boolean list;

    @Option(names = "--repository", hidden = true, required = true, description = "Set by run.sh.")
    private Path repository = Path.of("");

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Map<String, Scenario> all = new LinkedHashMap<>();
        SCENARIOS.forEach(scenario -> all.put(scenario.name(), scenario));
        if (list) {
            SCENARIOS.forEach(scenario -> Console.say("%-12s %s", scenario.name(), scenario.title()));
            return 0;
        }
        List<String> unknown =
                names.stream().filter(name -> !all.containsKey(name)).toList();
        if (!unknown.isEmpty()) {
            Console.say("no such scenario: %s; there are: %s", unknown, all.keySet());
            return 2;
        }
        Settings settings = new Settings(smoke ? 1 : rounds, large, smoke);
        ResultsPage page = new ResultsPage(repository.resolve("bench"));
        for (String name : names.isEmpty() ? all.keySet() : names) {
            Report report =
                    TimeLimit.within(TIME_LIMIT, name, () -> run(requireNonNull(all.get(name)), settings, page));
            if (!smoke) {
                page.keep(report);
                page.write(List.copyOf(all.keySet()));
            }
        }
        return 0;
    }

    private Report run(Scenario scenario, Settings settings, ResultsPage page) throws Exception {
        Console.say("%s: %s", scenario.name(), scenario.title());
        Report report = new Report(scenario, commandLine(scenario), commit(), Machine.describe(repository));
        try (Workshop workshop = Workshop.open(repository)) {
            scenario.run(workshop, settings, report);
        }
        if (!settings.smoke()) {
            report.savePlots(page.plots());
        }
        return report;
    }

    private String commandLine(Scenario scenario) {
        List<String> words = new ArrayList<>(List.of("bench/run.sh", scenario.name()));
        if (rounds != 5) {
            words.add("--rounds " + rounds);
        }
        if (large) {
            words.add("--large");
        }
        return String.join(" ", words);
    }

    private String commit() throws IOException, InterruptedException {
        Process git = new ProcessBuilder("git", "-C", repository.toString(), "describe", "--always", "--dirty=+")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        return git.waitFor() == 0 ? commit : "unknown";
    }
}
