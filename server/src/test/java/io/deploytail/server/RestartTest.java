package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.RequestDraft;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.process.DetachedLauncher;
import io.deploytail.server.storage.Durability;
import io.deploytail.server.storage.SqliteStorage;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.StartDeployRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deploys outlive the server, however that ends. */
class RestartTest {
    private static final String FIRST_SEGMENT = "segment.00000000000000000000";

    @TempDir
    private Path directory;

    @Test
    void deployOutlivesAServerThatWasKilled() throws Exception {
        Path own = directory.resolve("own");
        Gate go = Gate.in(directory, "go");
        Deployment deployment;
        byte[] seen;
        try (ServerProcess server = ServerProcess.start(data())) {
            deployment = server.shell("i=0; while [ $i -lt 3000 ]; do echo \"line $i\"; [ $i = 1000 ] && " + go.await()
                    + "; i=$((i+1)); done 2>&1 | tee " + own + "; exit 42");
            Follower follower = server.follow(deployment).awaitText("line 1000\n");
            seen = follower.bytes();
            server.kill();
        }
        go.open();
        waitForLine(own, "line 2999");

        try (ServerProcess server = ServerProcess.start(data())) {
            Follower rest = server.follow(deployment, seen.length);
            LogEnd end = rest.end();
            Follower whole = server.follow(deployment);
            whole.end();

            assertThat(end.getDeployment().getState()).isEqualTo(Deployment.State.STATE_FAILED);
            assertThat(end.getDeployment().getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_EXITED);
            assertThat(end.getDeployment().getExitCode()).isEqualTo(42);
            assertThat(whole.bytes())
                    .isEqualTo(Files.readAllBytes(own))
                    .startsWith(seen)
                    .endsWith(rest.bytes());
            assertThat(seen.length + rest.bytes().length).isEqualTo(whole.bytes().length);
        }
    }

    @Test
    void commandThatEndedWhileTheServerWasDownHasItsTrueExitCode() throws Exception {
        Gate go = Gate.in(directory, "go");
        Path done = directory.resolve("done");
        Deployment deployment;
        try (ServerProcess server = ServerProcess.start(data())) {
            deployment = server.shell("echo before; " + go.await() + "; echo after; echo done > " + done + "; exit 7");
            server.follow(deployment).awaitText("before\n");
            server.kill();
        }
        go.open();
        waitForLine(done, "done");
        waitForEnd(deployment);
        Instant backAgain = Instant.now();

        try (ServerProcess server = ServerProcess.start(data())) {
            Follower follower = server.follow(deployment);
            Deployment ended = follower.end().getDeployment();
            assertThat(ended.getExitCode()).isEqualTo(7);
            assertThat(follower.text()).isEqualTo("before\nafter\n");
            assertThat(time(ended.getEndTime())).as("when the command ended").isBefore(backAgain);
        }
    }

    @Test
    void stoppedServerTellsFollowersWhereToResumeAndLeavesCommandsRunning() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment;
        try (ServerProcess server = ServerProcess.start(data())) {
            deployment = server.shell("printf 'one\\ntw'; " + go.await() + "; echo o");
            Follower follower = server.follow(deployment).awaitText("one\ntw");

            assertThat(server.terminate()).isZero();

            Status status = follower.failure();
            assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(status.getDescription()).contains("resume from offset 6");
        }
        go.open();

        try (ServerProcess server = ServerProcess.start(data())) {
            Follower follower = server.follow(deployment, 6);
            assertThat(follower.end().getDeployment().getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
            assertThat(follower.text()).isEqualTo("o\n");
        }
    }

    @Test
    void stoppingServerStartsNothing() throws Exception {
        TestServer server = TestServer.start(data());
        server.stop();

        try {
            server.run("true");
            throw new AssertionError("started");
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
        server.close();
    }

    @Test
    void timeLimitHoldsAcrossARestart() throws Exception {
        Deployment deployment;
        try (ServerProcess server = ServerProcess.start(data())) {
            deployment = server.stub()
                    .startDeploy(StartDeployRequest.newBuilder()
                            .addAllCommand(List.of("sh", "-c", "echo ready; exec sleep 1000"))
                            .setTimeout(seconds(3600))
                            .build())
                    .getDeployment();
            server.follow(deployment).awaitText("ready\n");
            server.kill();
        }
        setStartTime(deployment, Instant.now().minusSeconds(3601));

        try (ServerProcess server = ServerProcess.start(data())) {
            Deployment ended = server.awaitEnd(deployment);
            assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_TIMED_OUT);
        }
    }

    @Test
    void silenceIsCountedFromTheLastOutputAcrossARestart() throws Exception {
        Path wrote = directory.resolve("wrote");
        Gate go = Gate.in(directory, "go");
        Deployment deployment;
        try (ServerProcess server = ServerProcess.start(data())) {
            deployment = server.stub()
                    .startDeploy(StartDeployRequest.newBuilder()
                            .addAllCommand(List.of(
                                    "sh",
                                    "-c",
                                    "echo ready; " + go.await() + "; echo more; echo done > " + wrote
                                            + "; exec sleep 1000"))
                            .setSilenceTimeout(seconds(3600))
                            .build())
                    .getDeployment();
            server.follow(deployment).awaitText("ready\n");
            server.kill();
        }
        go.open();
        waitForLine(wrote, "done");
        Path output =
                data().resolve("runs").resolve(deployment.getDeploymentId()).resolve(FIRST_SEGMENT);
        waitForLine(output, "more");
        setStartTime(deployment, Instant.now().minusSeconds(7200));
        Files.setLastModifiedTime(output, FileTime.from(Instant.now().minusSeconds(3601)));

        try (ServerProcess server = ServerProcess.start(data())) {
            Follower follower = server.follow(deployment);
            Deployment ended = follower.end().getDeployment();
            assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_SILENT_TOO_LONG);
            assertThat(follower.text()).isEqualTo("ready\nmore\n");
        }
    }

    @Test
    void cancelThatWasRecordedBeforeACrashIsCarriedOutAfterIt() throws Exception {
        Deployment deployment;
        try (ServerProcess server = ServerProcess.start(data(), "--grace-period", "1h")) {
            deployment = server.shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
            server.follow(deployment).awaitText("ready\n");
            server.stub()
                    .cancelDeployment(io.deploytail.v1.CancelDeploymentRequest.newBuilder()
                            .setDeploymentId(deployment.getDeploymentId())
                            .setReason("wrong version")
                            .build());
            server.kill();
        }

        try (ServerProcess server = ServerProcess.start(data(), "--grace-period", "100ms")) {
            Deployment ended = server.awaitEnd(deployment);
            assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
            assertThat(ended.getMessage()).contains("wrong version");
        }
    }

    @Test
    void queuedDeploymentKeepsItsPlaceAndItsEnvironmentAcrossARestart() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment holder;
        Deployment waiting;
        try (ServerProcess server = ServerProcess.start(data())) {
            holder = server.stub()
                    .startDeploy(onTarget("echo ready; " + go.await()).build())
                    .getDeployment();
            waiting = server.stub()
                    .startDeploy(onTarget("echo $GREETING")
                            .putEnv("GREETING", "hello")
                            .build())
                    .getDeployment();
            assertThat(waiting.getState()).isEqualTo(Deployment.State.STATE_QUEUED);
            server.follow(holder).awaitText("ready\n");
            server.kill();
        }

        try (ServerProcess server = ServerProcess.start(data())) {
            Deployment still = server.get(waiting.getDeploymentId());
            assertThat(still.getState()).isEqualTo(Deployment.State.STATE_QUEUED);
            assertThat(still.getQueueHolderId()).isEqualTo(holder.getDeploymentId());
            go.open();
            Follower follower = server.follow(waiting);
            assertThat(follower.end().getDeployment().getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
            assertThat(follower.text()).isEqualTo("hello\n");
        }
    }

    @Test
    void deploymentWhoseWrapperWasKilledEndsAsInterruptedWhenItsProcessesAreGone() throws Exception {
        try (TestServer server = TestServer.start(data(), "--heartbeat-interval", "200ms")) {
            Gate go = Gate.in(directory, "go");
            Deployment deployment = server.shell("echo ready; " + go.await() + "; echo gone");
            Follower follower = server.follow(deployment).awaitText("ready\n");
            String identity = Files.readString(
                    server.runs().resolve(deployment.getDeploymentId()).resolve("claimed"));
            ProcessHandle.of(Long.parseLong(identity.split(" ", -1)[1]))
                    .orElseThrow()
                    .destroyForcibly();
            follower.await(io.deploytail.v1.StreamLogsResponse::hasHeartbeat);
            assertThat(server.get(deployment.getDeploymentId()).getState()).isEqualTo(Deployment.State.STATE_RUNNING);

            go.open();

            Deployment ended = follower.end().getDeployment();
            assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_FAILED);
            assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_INTERRUPTED);
            assertThat(ended.getMessage()).contains("exit code is unknown");
            assertThat(follower.text()).isEqualTo("ready\ngone\n");
        }
    }

    @Test
    void deploymentWhoseRunDirectoryIsGoneEndsAsInterrupted() throws Exception {
        Deployment deployment;
        Gate go = Gate.in(directory, "go");
        try (ServerProcess server = ServerProcess.start(data())) {
            deployment = server.shell("echo ready; " + go.await());
            server.follow(deployment).awaitText("ready\n");
            server.kill();
        }
        Path run = data().resolve("runs").resolve(deployment.getDeploymentId());
        assertThat(new ProcessBuilder("rm", "-r", run.toString()).start().waitFor())
                .isZero();
        go.open();

        try (ServerProcess server = ServerProcess.start(data())) {
            Deployment ended = server.awaitEnd(deployment);
            assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_INTERRUPTED);
        }
    }

    @Test
    void deploymentWhoseRunDirectoryVanishesKeepsItsTargetUntilItsProcessesAreGone() throws Exception {
        Gate go = Gate.in(directory, "go");
        try (TestServer server = TestServer.start(data(), "--heartbeat-interval", "200ms")) {
            Deployment deployment = server.start(onTarget("echo ready; " + go.await()));
            server.follow(deployment).awaitText("ready\n");
            server.restart();
            Follower follower = server.follow(deployment).awaitText("ready\n");
            Path run = server.runs().resolve(deployment.getDeploymentId());
            assertThat(new ProcessBuilder("rm", "-r", run.toString()).start().waitFor())
                    .isZero();
            for (int i = 0; i < 10; i++) {
                follower.await(io.deploytail.v1.StreamLogsResponse::hasHeartbeat); // longer than it takes to notice
            }
            Deployment next = server.start(onTarget("true"));
            assertThat(next.getState()).isEqualTo(Deployment.State.STATE_QUEUED);

            go.open();

            Deployment ended = follower.end().getDeployment();
            assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_INTERRUPTED);
            assertThat(ended.getMessage()).contains("exit code is unknown");
            assertThat(server.awaitEnd(next).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        }
    }

    @Test
    void deploymentThatWasRecordedButNotLaunchedWhenTheServerDiedNeverRunsAndSaysSo() throws Exception {
        Path ran = directory.resolve("ran");
        DeploymentId id = DeploymentId.create(Instant.now());
        DeployRequest request =
                RequestDraft.plain().running("touch", ran.toString()).request();
        TestServer.start(data()).close();
        try (DetachedLauncher launcher =
                DetachedLauncher.open(data().resolve("runs"), DetachedLauncher.MIN_SPOOL_LIMIT, false)) {
            launcher.prepare(id, request, "/");
        }
        try (SqliteStorage storage =
                SqliteStorage.open(data().resolve("deploytail.db"), Durability.NORMAL, isWell -> {}, Tally.NONE)) {
            storage.deployments().admit(id, request, "/", Instant.now(), new Limits(1, 1));
        }

        try (TestServer server = TestServer.start(data())) {
            Deployment ended = server.awaitEnd(server.get(id.text()));

            assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_INTERRUPTED);
            assertThat(ended.getMessage()).endsWith("it did not run.");
            assertThat(ran).doesNotExist();
        }
    }

    @Test
    void outputThatGotLostUnderTheServerDoesNotKeepADeploymentRunning() throws Exception {
        Gate go = Gate.in(directory, "go");
        try (TestServer server = TestServer.start(data())) {
            Deployment deployment = server.shell("echo before; " + go.await() + "; exit 3");
            server.follow(deployment).awaitText("before\n");
            Files.writeString(
                    server.runs().resolve(deployment.getDeploymentId()).resolve(FIRST_SEGMENT), "");

            go.open();

            assertThat(server.awaitEnd(deployment).getExitCode()).isEqualTo(3);
            assertThat(server.text(deployment)).isEqualTo("before\n");
        }
    }

    @Test
    void nothingIsLeftOfRunsThatHaveEnded() throws Exception {
        try (TestServer server = TestServer.start(data())) {
            server.awaitEnd(server.run("true"));
            Files.createDirectory(server.runs().resolve("01890000-0000-7000-8000-000000000000"));

            server.restart();

            try (Stream<Path> runs = Files.list(server.runs())) {
                assertThat(runs).isEmpty();
            }
        }
    }

    @Test
    void finishedLogsArePrintedInOnePieceEach() throws Exception {
        try (ServerProcess server = ServerProcess.start(data(), "--print-logs")) {
            Deployment one = server.shell("for i in 1 2 3; do echo one $i; sleep 0.05; done");
            Deployment two = server.shell("for i in 1 2 3; do echo two $i; sleep 0.05; done; printf unfinished");
            server.follow(one).end();
            server.follow(two).end();
            assertThat(server.terminate()).isZero();

            String output = server.output();
            assertThat(output)
                    .contains("--- deployment " + one.getDeploymentId()
                            + "\none 1\none 2\none 3\n--- end of deployment " + one.getDeploymentId() + " SUCCEEDED")
                    .contains("two 1\ntwo 2\ntwo 3\nunfinished\n--- end of deployment " + two.getDeploymentId());
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    private static StartDeployRequest.Builder onTarget(String script) {
        return StartDeployRequest.newBuilder().setTarget("tenant").addAllCommand(List.of("sh", "-c", script));
    }

    private static Duration seconds(int seconds) {
        return Duration.newBuilder().setSeconds(seconds).build();
    }

    /** Makes a deployment older, while no server runs. */
    private void setStartTime(Deployment deployment, Instant time) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data().resolve("deploytail.db"));
                PreparedStatement update =
                        connection.prepareStatement("UPDATE deployments SET start_time = ? WHERE deployment_id = ?")) {
            update.setString(1, time.truncatedTo(ChronoUnit.MILLIS).toString());
            update.setString(2, deployment.getDeploymentId());
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }

    private static Instant time(Timestamp timestamp) {
        return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    }

    /** Waits, outside this JVM, until the exit status of a run is recorded. */
    private void waitForEnd(Deployment deployment) throws IOException, InterruptedException {
        Path exit = data().resolve("runs").resolve(deployment.getDeploymentId()).resolve("exit");
        Process wait = new ProcessBuilder(
                        "timeout", "20", "sh", "-c", "while [ -e \"$1\" ]; do sleep 0.02; done", "-", exit.toString())
                .start();
        assertThat(wait.waitFor()).isZero();
    }

    /** Waits, outside this JVM, until a file has a line. */
    static void waitForLine(Path file, String line) throws IOException, InterruptedException {
        Process wait = new ProcessBuilder(
                        "timeout",
                        "20",
                        "sh",
                        "-c",
                        "until grep -qx \"$1\" \"$2\" 2>/dev/null; do sleep 0.02; done",
                        "-",
                        line,
                        file.toString())
                .start();
        assertThat(wait.waitFor()).isZero();
    }
}
