package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ways in which a deployment ends that are not its own exit. */
class EndTest {
    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(directory.resolve("data"), "--grace-period", "2s", "--heartbeat-interval", "200ms");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void cancelledCommandMayRollBackAndSaySo() throws Exception {
        // Each step of the roll-back is a program of its own.
        Deployment deployment = server.shell(
                "trap 'sleep 0.4 && echo rolling back; exit 0' TERM; echo ready;" + " while :; do sleep 0.02; done");
        Follower follower = server.follow(deployment).awaitText("ready\n");

        Deployment asked = server.stub()
                .cancelDeployment(CancelDeploymentRequest.newBuilder()
                        .setDeploymentId(deployment.getDeploymentId())
                        .setReason("wrong branch")
                        .build())
                .getDeployment();

        assertThat(asked.getState()).isEqualTo(Deployment.State.STATE_RUNNING);
        assertThat(asked.hasCancelTime()).isTrue();
        Deployment ended = follower.end().getDeployment();
        assertThat(follower.text()).startsWith("ready\n").endsWith("rolling back\n");
        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_CANCELLED);
        assertThat(ended.getMessage()).contains("wrong branch");
        assertThat(ended.hasExitCode()).isFalse();
    }

    @Test
    void cancellingAgainChangesNothing() throws Exception {
        Deployment deployment = server.run("sleep", "1000");
        Deployment first = server.cancel(deployment.getDeploymentId());
        Deployment ended = server.awaitEnd(deployment);

        Deployment again = server.cancel(deployment.getDeploymentId());

        assertThat(again).isEqualTo(ended);
        assertThat(again.getCancelTime()).isEqualTo(first.getCancelTime());
    }

    @Test
    void cancelOfACommandThatHasEndedChangesNothing() throws Exception {
        Deployment ended = server.awaitEnd(server.run("true"));

        assertThat(server.cancel(ended.getDeploymentId())).isEqualTo(ended);
    }

    @Test
    void commandThatRunsTooLongIsEndedAndTheReasonStays() throws Exception {
        Deployment ended = server.awaitEnd(server.start(StartDeployRequest.newBuilder()
                .addAllCommand(List.of("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.02; done"))
                .setTimeout(Duration.newBuilder().setNanos(300_000_000))));

        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_FAILED);
        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_TIMED_OUT);
        assertThat(ended.getMessage()).contains("0.3s");
        assertThat(ended.hasCancelTime()).isFalse();
    }

    @Test
    void commandThatFallsSilentIsEnded() throws Exception {
        Deployment deployment = server.start(StartDeployRequest.newBuilder()
                .addAllCommand(List.of("sh", "-c", "for i in 1 2 3 4 5; do echo $i; sleep 0.5; done; exec sleep 1000"))
                .setSilenceTimeout(Duration.newBuilder().setSeconds(2).setNanos(400_000_000)));

        Deployment ended = server.awaitEnd(deployment);

        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_SILENT_TOO_LONG);
        assertThat(server.text(ended)).isEqualTo("1\n2\n3\n4\n5\n");
    }

    @Test
    void limitsThatAreNotReachedDoNothing() throws Exception {
        Deployment ended = server.awaitEnd(server.start(StartDeployRequest.newBuilder()
                .addAllCommand(List.of("sh", "-c", "echo hello"))
                .setTimeout(Duration.newBuilder().setSeconds(864_000_000))
                .setSilenceTimeout(Duration.newBuilder().setSeconds(864_000_000))));

        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
    }

    @Test
    void floodingCommandCanBeCancelled() throws Exception {
        Deployment deployment = server.run("yes");
        Follower follower = Follower.start(
                server.channel(),
                StreamLogsRequest.newBuilder()
                        .setDeploymentId(deployment.getDeploymentId())
                        .build(),
                4);
        follower.nextChunk();

        server.cancel(deployment.getDeploymentId());

        StreamLogsResponse message = follower.nextWithoutCollecting();
        while (!message.hasEnd()) {
            message = follower.nextWithoutCollecting();
        }
        assertThat(message.getEnd().getDeployment().getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
    }

    @Test
    void cancelIsCarriedOutToItsEndWhileTheDatabaseIsLocked() throws Exception {
        Deployment deployment = server.shell("trap '' TERM; echo ready; while :; do echo noise; sleep 0.05; done");
        Follower follower = server.follow(deployment).awaitText("ready\n");

        server.cancel(deployment.getDeploymentId());
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + server.database());
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            assertThat(shell("while grep -qsz \"$1\" /proc/[0-9]*/environ; do sleep 0.1; done", mark(deployment)))
                    .isZero();
            statement.execute("ROLLBACK");
        }

        assertThat(follower.end().getDeployment().getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
    }

    @Test
    void cancelAtTheMomentOfTheExitReachesWhatTheCommandLeftBehind() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment =
                server.shell("setsid sleep 60 >/dev/null 2>&1 & echo ready; " + go.await() + "; exit 0");
        Follower follower = server.follow(deployment).awaitText("ready\n");

        CompletableFuture<Deployment> cancelled;
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + server.database());
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE"); // neither the cancel nor the end can be recorded
            cancelled = CompletableFuture.supplyAsync(() -> server.cancel(deployment.getDeploymentId()));
            go.open();
            Path exit = server.runs().resolve(deployment.getDeploymentId()).resolve("exit");
            assertThat(shell("while [ -e \"$1\" ]; do sleep 0.02; done", exit.toString()))
                    .isZero();
            statement.execute("ROLLBACK");
        }

        Deployment ended = follower.end().getDeployment();
        assertThat(ended.getState())
                .isEqualTo(
                        cancelled.join().hasCancelTime()
                                ? Deployment.State.STATE_CANCELLED
                                : Deployment.State.STATE_SUCCEEDED);
        boolean isLeftBehind = shell("grep -qsz \"$1\" /proc/[0-9]*/environ", mark(deployment)) == 0;
        assertThat(isLeftBehind).isEqualTo(ended.getState() == Deployment.State.STATE_SUCCEEDED);
    }

    @Test
    void cancelIsNotLostOnADeploymentThatIsJustBeingStarted() throws Exception {
        for (int i = 0; i < 40; i++) {
            Deployment holder = server.start(
                    StartDeployRequest.newBuilder().setTarget("t" + i).addCommand("true"));
            Deployment next = server.start(
                    StartDeployRequest.newBuilder().setTarget("t" + i).addAllCommand(List.of("sleep", "1000")));
            server.awaitEnd(holder);

            server.cancel(next.getDeploymentId());

            assertThat(server.awaitEnd(next).getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
        }
    }

    @Test
    void processLeftBehindDelaysTheEndByTheBoundOnlyAndSurvives() throws Exception {
        Path alive = directory.resolve("alive");
        Path stop = directory.resolve("stop");
        Deployment deployment = server.shell("(until [ -e " + stop + " ]; do echo noise; sleep 0.02; done; touch "
                + alive + ") & echo done; exit 4");

        Deployment ended = server.awaitEnd(deployment);

        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_EXITED);
        assertThat(ended.getExitCode()).isEqualTo(4);
        assertThat(ended.getMessage()).contains("held its output open");
        Files.createFile(stop);
        assertThat(shell("until [ -e \"$1\" ]; do sleep 0.02; done", alive.toString()))
                .isZero();
        assertThat(server.get(deployment.getDeploymentId())).isEqualTo(ended);
    }

    @Test
    void commandThatClosesItsOutputAndWorksOnIsRunningUntilItExits() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("echo last words; exec >&- 2>&-; " + go.await() + "; exit 6");
        Follower follower = server.follow(deployment).awaitText("last words\n");
        follower.await(StreamLogsResponse::hasHeartbeat);

        assertThat(server.get(deployment.getDeploymentId()).getState()).isEqualTo(Deployment.State.STATE_RUNNING);
        go.open();

        assertThat(follower.end().getDeployment().getExitCode()).isEqualTo(6);
    }

    @Test
    void lastWordsAreAwaitedWhileTheDiskIsSlow() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("echo before; " + go.await() + "; echo the error; exit 3");
        Follower follower = server.follow(deployment).awaitText("before\n");
        assertThat(shell("kill -STOP $1", Long.toString(writer(deployment)))).isZero();
        go.open();
        Path exit = server.runs().resolve(deployment.getDeploymentId()).resolve("exit");
        assertThat(shell("while [ -e \"$1\" ]; do sleep 0.02; done", exit.toString()))
                .isZero();
        for (int i = 0; i < 15; i++) {
            follower.await(StreamLogsResponse::hasHeartbeat); // longer than a process left behind would be awaited
        }

        assertThat(shell("kill -CONT $1", Long.toString(writer(deployment)))).isZero();

        Deployment ended = follower.end().getDeployment();
        assertThat(follower.text()).isEqualTo("before\nthe error\n");
        assertThat(ended.getExitCode()).isEqualTo(3);
        assertThat(ended.getMessage()).isEmpty();
    }

    private static long writer(Deployment deployment) {
        return RecorderProcesses.of(deployment.getDeploymentId()).writer();
    }

    private static String mark(Deployment deployment) {
        return "DEPLOYTAIL_DEPLOYMENT_ID=" + deployment.getDeploymentId();
    }

    /** Runs a script with an argument, for some time at most, and returns its exit code. */
    private static int shell(String script, String argument) throws IOException, InterruptedException {
        return new ProcessBuilder("timeout", "30", "sh", "-c", script, "-", argument)
                .start()
                .waitFor();
    }
}
