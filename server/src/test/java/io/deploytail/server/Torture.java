package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills the server over and over, at random moments: while it starts, migrates and recovers, while deployments are being
 * started, flood, end and are cancelled, with followers attached. Now and then it also kills what records the output of a
 * deployment, or the wrapper that waits for its command. Every deployment must end in the right state, have run once, and
 * have the log that its command wrote, byte for byte, but for gaps where the recorder was killed; and what a follower saw
 * must still be there.
 *
 * <p>No part of the suite. The README tells how to run it. What is random comes from the seed; when a kill hits is also
 * up to the machine.
 */
class Torture {
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("torture.seconds", 60));
    private static final long SEED = Long.getLong("torture.seed", 1);

    private static final int ROUNDS_PER_DATABASE = 15;
    private static final int MAX_OPEN = 12;

    @TempDir
    private Path directory;

    private final Random random = new Random(SEED);
    private final List<TorturedDeploy> open = new ArrayList<>();
    private int databases;
    private int rounds;
    private int killsWhileStarting;
    private int deployments;
    private int neverRan;
    private int cancelled;
    private int sabotaged;
    private int gaps;
    private long bytes;

    @Test
    void nothingIsLostWheneverTheServerDies() throws Exception {
        long deadline = System.nanoTime() + TIME.toNanos();
        while (System.nanoTime() < deadline) {
            databases++;
            Path data = directory.resolve("data" + databases);
            for (int i = 0; i < ROUNDS_PER_DATABASE && System.nanoTime() < deadline; i++) {
                rounds++;
                round(data);
            }
            finish(data);
            report();
        }
    }

    private void round(Path data) throws Exception {
        if (random.nextInt(3) == 0) {
            killsWhileStarting++;
            Process starting = ServerProcess.launch(data);
            starting.waitFor(random.nextInt(1200), TimeUnit.MILLISECONDS);
            starting.destroyForcibly().waitFor();
        }
        try (ServerProcess server = ServerProcess.start(data)) {
            open.forEach(deploy -> deploy.attach(server));
            for (int more = random.nextInt(4); more > 0 && open.size() < MAX_OPEN; more--) {
                TorturedDeploy deploy = TorturedDeploy.random(random, directory);
                deploy.attach(server);
                open.add(deploy);
            }
            if (!open.isEmpty() && random.nextInt(4) == 0) {
                open.get(random.nextInt(open.size())).cancel(server);
            }
            server.awaitExit(random.nextInt(10) == 0 ? 0 : random.nextInt(1500));
            for (TorturedDeploy deploy : open) {
                if (random.nextInt(3) == 0) {
                    deploy.sabotage(data.resolve("runs"), random);
                }
            }
            server.kill();
            for (TorturedDeploy deploy : List.copyOf(open)) {
                if (deploy.collect()) {
                    count(deploy);
                }
            }
        }
    }

    /** Lets everything end, and looks whether anything is left. */
    private void finish(Path data) throws Exception {
        try (ServerProcess server = ServerProcess.start(data)) {
            open.forEach(deploy -> deploy.attach(server));
            for (TorturedDeploy deploy : List.copyOf(open)) {
                assertThat(deploy.collect()).as("%s has ended", deploy).isTrue();
                count(deploy);
            }
            assertThat(server.terminate()).isZero();
        }
        try (Stream<Path> runs = Files.list(data.resolve("runs"))) {
            assertThat(runs).as("run directories left").isEmpty();
        }
    }

    private void count(TorturedDeploy deploy) throws Exception {
        bytes += deploy.verify();
        deployments++;
        neverRan += deploy.neverRan() ? 1 : 0;
        cancelled += deploy.wasCancelled() ? 1 : 0;
        sabotaged += deploy.wasSabotaged() ? 1 : 0;
        gaps += deploy.gaps();
        open.remove(deploy);
    }

    private void report() {
        System.out.printf(
                "torture: seed %d, %d databases, %d rounds, %d kills before ready, %d deployments checked"
                        + " (%d never ran, %d cancelled, %d with their wrapper or recorder killed, %d gaps), %d log bytes"
                        + " compared%n",
                SEED, databases, rounds, killsWhileStarting, deployments, neverRan, cancelled, sabotaged, gaps, bytes);
    }
}
