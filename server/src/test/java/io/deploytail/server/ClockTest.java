package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.ListDeploymentsResponse;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The host's clock is set back, and forward, while deployments run. */
@Timeout(60)
class ClockTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);

    /** Longer than it takes until a run is looked at the next time. */
    private static final int SOME_HEARTBEATS = 15;

    private final SettableClock clock = new SettableClock();

    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(
                directory.resolve("data"), clock, "--grace-period", "1s", "--heartbeat-interval", "100ms");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void timeLimitsAreKeptAlthoughTheClockIsSetBack() throws Exception {
        Deployment runsTooLong = server.start(sleeping().setTimeout(Durations.fromMillis(1500)));
        Deployment isSilentTooLong = server.start(sleeping().setSilenceTimeout(Durations.fromMillis(1500)));

        clock.back(HOUR);

        assertThat(server.awaitEnd(runsTooLong).getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_TIMED_OUT);
        assertThat(server.awaitEnd(isSilentTooLong).getEndReason())
                .isEqualTo(Deployment.EndReason.END_REASON_SILENT_TOO_LONG);
    }

    @Test
    void nothingEndsEarlyBecauseTheClockIsSetForward() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.start(limitedToAnHour("echo ready; " + go.await()));
        Follower follower = server.follow(deployment).awaitText("ready\n");

        clock.forward(DAY);

        awaitHeartbeats(follower);
        go.open();
        assertThat(follower.end().getDeployment().getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
    }

    @Test
    void cancelIsCarriedOutAlthoughTheClockIsSetBack() throws Exception {
        Deployment deployment = server.shell("trap '' TERM; echo ready; while :; do sleep 0.05; done");
        Follower follower = server.follow(deployment).awaitText("ready\n");

        server.cancel(deployment.getDeploymentId());
        clock.back(HOUR);

        assertThat(follower.end().getDeployment().getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
    }

    @Test
    void noTimeOfADeploymentIsBeforeTheOneThatCameFirst() throws Exception {
        clock.forward(DAY);
        Gate go = Gate.in(directory, "go");
        Deployment exits = server.start(onTarget(go.await()));
        Deployment isCancelled = server.run("sleep", "1000");
        Deployment starts = server.start(onTarget("true"));
        Deployment isCancelledInTheQueue = server.start(onTarget("true"));

        clock.back(DAY);
        server.cancel(isCancelled.getDeploymentId());
        server.cancel(isCancelledInTheQueue.getDeploymentId());
        go.open();

        for (Deployment deployment : List.of(exits, isCancelled, starts, isCancelledInTheQueue)) {
            Deployment ended = server.awaitEnd(deployment);
            List<Timestamp> times = new ArrayList<>(List.of(ended.getCreateTime()));
            if (ended.hasStartTime()) {
                times.add(ended.getStartTime());
            }
            if (ended.hasCancelTime()) {
                times.add(ended.getCancelTime());
            }
            times.add(ended.getEndTime());
            assertThat(times).isSortedAccordingTo(Timestamps.comparator());
        }
    }

    @Test
    void listStaysInTheOrderOfCreationAndSoDoItsPages() throws Exception {
        List<String> ids = new ArrayList<>();
        for (Duration jump : List.of(Duration.ZERO, HOUR.negated(), DAY, HOUR.negated(), DAY.negated())) {
            clock.forward(jump);
            ids.add(0, server.awaitEnd(server.run("true")).getDeploymentId());
        }

        List<String> listed = new ArrayList<>();
        ListDeploymentsRequest.Builder request =
                ListDeploymentsRequest.newBuilder().setPageSize(2);
        do {
            ListDeploymentsResponse page = server.stub().listDeployments(request.build());
            page.getDeploymentsList().forEach(deployment -> listed.add(deployment.getDeploymentId()));
            request.setPageToken(page.getNextPageToken());
        } while (!request.getPageToken().isEmpty());

        assertThat(listed).isEqualTo(ids);
    }

    @Test
    void chunksHaveTheTimesThatTheClockSaid() throws Exception {
        Gate back = Gate.in(directory, "back");
        Gate forward = Gate.in(directory, "forward");
        Instant first = clock.instant();
        Deployment deployment =
                server.shell("echo one; " + back.await() + "; echo two; " + forward.await() + "; echo three");
        Follower follower = server.follow(deployment).awaitText("one\n");
        clock.back(HOUR);
        back.open();
        follower.awaitText("two\n");
        clock.forward(DAY);
        forward.open();
        follower.end();

        Follower stored = server.follow(deployment);

        for (Instant time : List.of(first, first.minus(HOUR), first.minus(HOUR).plus(DAY))) {
            LogChunk chunk = stored.nextChunk();
            assertThat(chunk.getText().lines()).hasSize(1);
            assertThat(Timestamps.toMillis(chunk.getTime())).isEqualTo(time.toEpochMilli());
        }
        stored.end();
    }

    @Test
    void restartAfterTheClockWasSetBackEndsNothingEarly() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.start(limitedToAnHour("echo ready; " + go.await()));
        server.follow(deployment).awaitText("ready\n");

        clock.back(HOUR);
        server.restart();

        Follower follower = server.follow(deployment);
        awaitHeartbeats(follower);
        go.open();
        assertThat(follower.end().getDeployment().getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
    }

    @Test
    void restartAfterTheClockWasSetBackKeepsTimeLimits() throws Exception {
        Deployment runsTooLong = server.start(sleeping().setTimeout(Durations.fromSeconds(3)));
        Deployment isSilentTooLong = server.start(sleeping().setSilenceTimeout(Durations.fromSeconds(3)));
        server.follow(runsTooLong).awaitText("ready\n");
        server.follow(isSilentTooLong).awaitText("ready\n");

        clock.back(HOUR);
        server.restart();

        assertThat(server.awaitEnd(runsTooLong).getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_TIMED_OUT);
        assertThat(server.awaitEnd(isSilentTooLong).getEndReason())
                .isEqualTo(Deployment.EndReason.END_REASON_SILENT_TOO_LONG);
    }

    private static StartDeployRequest.Builder sleeping() {
        return StartDeployRequest.newBuilder().addAllCommand(List.of("sh", "-c", "echo ready; exec sleep 1000"));
    }

    private static StartDeployRequest.Builder limitedToAnHour(String script) {
        return StartDeployRequest.newBuilder()
                .addAllCommand(List.of("sh", "-c", script))
                .setTimeout(Durations.fromHours(1))
                .setSilenceTimeout(Durations.fromHours(1));
    }

    private static StartDeployRequest.Builder onTarget(String script) {
        return StartDeployRequest.newBuilder().setTarget("tenant").addAllCommand(List.of("sh", "-c", script));
    }

    private static void awaitHeartbeats(Follower follower) throws InterruptedException {
        for (int i = 0; i < SOME_HEARTBEATS; i++) {
            follower.await(StreamLogsResponse::hasHeartbeat);
        }
    }
}
