package io.deploytail.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs that start. */
final class StartUpScenario implements Scenario {
    private static final Figure READY = new Figure("seconds until ready");
    private static final Figure FIRST_LINE = new Figure("seconds to the first line");
    private static final Figure CPU = new Figure("CPU, s");
    private static final String SERVER = "server";
    private static final String LIST = "`deploytail list`";
    private static final String RUN = "`deploytail run`";
    private static final int ROUNDS_PER_ROUND = 3;

    @Override
    public String name() {
        return "start-up";
    }

    @Override
    public String title() {
        return "How long do the server and the command take to start?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note(
                "With the archives of classes that the launchers make at the first use. The server opens a database that"
                        + " is there already. CPU is that of the process from its start: of the server until it is ready, of the"
                        + " command until it has ended.");
        Path dataDirectory = workshop.newPath("data");
        try (TestedServer server = TestedServer.start(workshop)) {
            server.awaitEnd(server.start(List.of("true")));
            makeArchives(workshop, server, dataDirectory);
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(SERVER, () -> startServer(workshop, dataDirectory));
            sides.put(LIST, () -> runClient(workshop, server, "list", "--limit", "10"));
            sides.put(RUN, () -> runClient(workshop, server, "run", "--", "echo", "deployed"));
            Sshd.start(workshop, report)
                    .ifPresent(sshd -> sides.put(
                            LiveScenario.SSH,
                            () -> runCommand(
                                    workshop,
                                    sshd.run(List.of("echo", "deployed")).command())));
            Rounds rounds = Rounds.alternate(settings.smoke() ? 1 : ROUNDS_PER_ROUND * settings.rounds(), sides);
            report.compare(rounds, SERVER, null);
            report.goal(CPU, SERVER, Goal.AT_MOST.of(0.5));
            for (String side : List.of(LIST, RUN)) {
                report.compare(rounds, side, LiveScenario.SSH);
                report.goal(CPU, side, Goal.AT_MOST.of(0.35));
            }
        }
    }

    private static Measurement runClient(Workshop workshop, TestedServer server, String subcommand, String... more)
            throws Exception {
        List<String> command =
                new ArrayList<>(List.of(workshop.clientProgram().toString(), subcommand, "--server", server.address()));
        command.addAll(List.of(more));
        return runCommand(workshop, command);
    }

    /** The launchers make them in the background. */
    private static void makeArchives(Workshop workshop, TestedServer server, Path dataDirectory) throws Exception {
        startServer(workshop, dataDirectory);
        runClient(workshop, server, "list");
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        for (Path program : List.of(workshop.serverProgram(), workshop.clientProgram())) {
            Path target = program.resolveSibling("../target").normalize();
            while (!hasArchive(target)) {
                if (System.nanoTime() > deadline) {
                    throw new IllegalStateException("no archive of classes in " + target);
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    /** Whether there is one, and none is being made: the launchers make another when the jars have changed. */
    private static boolean hasArchive(Path target) throws IOException {
        try (var files = Files.list(target)) {
            List<String> names = files.map(Path::toString).toList();
            return names.stream().anyMatch(name -> name.endsWith(".jsa"))
                    && names.stream().noneMatch(name -> name.endsWith(".making"));
        }
    }

    private static Measurement startServer(Workshop workshop, Path dataDirectory) throws Exception {
        long start = System.nanoTime();
        TestedServer server = TestedServer.start(workshop, dataDirectory);
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpu = Proc.cpuSecondsWithChildren(server.pid());
        server.stop();
        return new Measurement().with(READY, seconds).with(CPU, cpu);
    }

    /** A shell around the command tells what processor time it took. */
    private static Measurement runCommand(Workshop workshop, List<String> command) throws Exception {
        List<String> timed = new ArrayList<>(List.of("sh", "-c", "\"$@\" 2>/dev/null || exit; times", "sh"));
        timed.addAll(command);
        long start = System.nanoTime();
        Process process = workshop.start(new ProcessBuilder(timed));
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            double seconds = (System.nanoTime() - start) / 1e9;
            String times = "";
            while (line != null) {
                times = line;
                line = out.readLine();
            }
            if (process.waitFor() != 0) {
                throw new IllegalStateException(command + " failed with exit code " + process.exitValue());
            }
            return new Measurement().with(FIRST_LINE, seconds).with(CPU, childSeconds(times));
        }
    }

    /** From the last line of {@code times}: 0m0.310000s 0m0.060000s. */
    private static double childSeconds(String times) {
        double seconds = 0;
        for (String time : times.split(" ", -1)) {
            String[] parts = time.substring(0, time.length() - 1).split("m", -1);
            seconds += 60 * Double.parseDouble(parts[0]) + Double.parseDouble(parts[1]);
        }
        return seconds;
    }
}
