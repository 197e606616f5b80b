package io.deploytail.bench;

import io.deploytail.client.Deployment;
import io.deploytail.client.DeploymentState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Many commands that are started at once, and all run at the same time. */
final class StartsScenario implements Scenario {
    private static final Figure STARTED = new Figure("seconds until all run");
    private static final String DEPLOYTAIL = "deploytail";
    private static final String PLAIN = "plain processes";
    private static final int COMMANDS = 500;
    private static final int CALLERS = 16;
    private static final String MAX_RUNNING = "1000";

    /** Each writes a line when it has started, and waits to be told to end. */
    private static final List<String> COMMAND = List.of("sh", "-c", "echo started; exec sleep 600");

    @Override
    public String name() {
        return "starts";
    }

    @Override
    public String title() {
        return "What does it take to start 500 commands at once?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note(
                "Until each has written its first line, and that has reached a follower. `" + PLAIN + "` are started by"
                        + " a Java program that reads their output; nothing is kept. Then all are cancelled.");
        int count = settings.count(COMMANDS);
        try (TestedServer server = TestedServer.start(workshop, "--max-running", MAX_RUNNING)) {
            Map<String, Side> sides = new LinkedHashMap<>();
            sides.put(DEPLOYTAIL, () -> startDeployments(server, count));
            sides.put(PLAIN, () -> startProcesses(workshop, count));
            Rounds rounds = Rounds.alternate(settings.rounds(), sides);
            report.compare(rounds, DEPLOYTAIL, PLAIN);
            report.goal(Figure.SERVER_PEAK_MEMORY, DEPLOYTAIL, Goal.AT_MOST.of(400));
        }
    }

    private static Measurement startDeployments(TestedServer server, int count) throws Exception {
        Proc.forgetPeak(server.pid());
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        List<String> ids = new ArrayList<>();
        long start = System.nanoTime();
        try (Streams streams = new Streams(server.address())) {
            CountDownLatch running = new CountDownLatch(count);
            List<Future<String>> calls = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                calls.add(callers.submit(() -> server.start(COMMAND)));
            }
            for (Future<String> call : calls) {
                ids.add(call.get());
                streams.follow(call.get(), (bytes, nanos) -> running.countDown());
            }
            if (!running.await(2, TimeUnit.MINUTES)) {
                throw new IllegalStateException("only " + (count - running.getCount()) + " commands have started");
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            double peak = Proc.peakBytes(server.pid()) / 1e6;
            cancel(server, callers, ids);
            streams.awaitEnds();
            for (String id : ids) {
                Deployment deployment = server.client().get(id);
                if (deployment.state() != DeploymentState.CANCELLED) {
                    throw new IllegalStateException("not cancelled: " + deployment);
                }
            }
            return new Measurement().with(STARTED, seconds).with(Figure.SERVER_PEAK_MEMORY, peak);
        } catch (Exception | Error e) {
            cancel(server, callers, ids); // or they would go on without the server
            throw e;
        } finally {
            callers.shutdown();
        }
    }

    private static void cancel(TestedServer server, ExecutorService callers, List<String> ids) {
        ids.forEach(id -> callers.execute(() -> server.client().cancel(id, "measured")));
    }

    private static Measurement startProcesses(Workshop workshop, int count) throws Exception {
        List<Process> processes = new ArrayList<>();
        try {
            long start = System.nanoTime();
            for (int i = 0; i < count; i++) {
                processes.add(workshop.start(new ProcessBuilder(COMMAND)));
            }
            for (Process process : processes) {
                process.getInputStream().read();
            }
            return new Measurement().with(STARTED, (System.nanoTime() - start) / 1e9);
        } finally {
            for (Process process : processes) {
                process.destroyForcibly();
                process.waitFor();
            }
        }
    }
}
