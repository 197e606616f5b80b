package io.deploytail.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Follower;
import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.Deployments;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogExtent;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.RunServices;
import io.deploytail.server.process.DetachedLauncher;
import io.deploytail.server.storage.Durability;
import io.deploytail.server.storage.SqliteStorage;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How a follower is fed. In process, a stream is ready exactly while the client has asked for more messages than it was
 * sent, so slow clients need no timing here.
 */
class LogFollowerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final int MEGABYTE = 1 << 20;

    @TempDir
    private Path directory;

    private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(1);
    private SqliteStorage storage;
    private DetachedLauncher launcher;
    private FaultyLogStore logs;
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        storage = SqliteStorage.open(directory.resolve("test.db"), Durability.NORMAL, isWell -> {});
        launcher = DetachedLauncher.open(directory.resolve("runs"));
        logs = new FaultyLogStore(storage.logs());
        Deployments deployments = new Deployments(
                new RunServices(
                        launcher,
                        storage.deployments(),
                        logs,
                        Clock.systemUTC(),
                        Runnable::run,
                        timers,
                        Duration.ofSeconds(1)),
                new Limits(1, 1),
                "/",
                ended -> {});
        server = InProcessServerBuilder.forName("followers")
                .directExecutor()
                .addService(new DeployGrpcService(deployments, Runnable::run, Duration.ofSeconds(5)))
                .build()
                .start();
        channel = InProcessChannelBuilder.forName("followers").directExecutor().build();
    }

    @AfterEach
    void stop() throws Exception {
        channel.shutdownNow();
        server.shutdownNow();
        assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        timers.shutdownNow();
        launcher.close();
        storage.close();
    }

    @Test
    void followerThatAsksForNothingIsReadForNothing() throws Exception {
        StreamLogsRequest request = logOf(MEGABYTE);

        Follower follower = Follower.start(channel, request, 0);

        assertThat(logs.reads()).isZero();
        follower.cancel();
    }

    @Test
    void followerThatAsksForAMessageIsReadForOnce() throws Exception {
        StreamLogsRequest request = logOf(MEGABYTE);

        Follower follower = Follower.start(channel, request, 1);

        assertThat(follower.next().hasDeployment()).isTrue();
        assertThat(logs.reads()).isEqualTo(1);
        follower.request(1);
        assertThat(follower.next().hasChunk()).isTrue();
        assertThat(logs.reads()).isEqualTo(1);
        follower.request(1);
        assertThat(follower.next().hasChunk()).isTrue();
        assertThat(logs.reads()).isEqualTo(2);
        follower.cancel();
    }

    @Test
    void followerThatAsksAgainGetsEverything() throws Exception {
        StreamLogsRequest request = logOf(MEGABYTE);
        Follower follower = Follower.start(channel, request, 1);

        long size = 0;
        StreamLogsResponse message = follower.next();
        while (!message.hasEnd()) {
            if (message.hasChunk()) {
                assertThat(message.getChunk().getOffset()).isEqualTo(size);
                size = message.getChunk().getNextOffset();
            }
            follower.request(1);
            message = follower.next();
        }

        assertThat(size).isEqualTo(MEGABYTE);
    }

    @Test
    void followerIsToldWhereToResumeWhenReadsFail() throws Exception {
        StreamLogsRequest request = logOf(MEGABYTE);
        Follower follower = Follower.start(channel, request, 1);
        follower.next();
        follower.request(1);
        long reached = follower.next().getChunk().getNextOffset();

        logs.breakReads();
        follower.request(1);

        Status failure = follower.failure();
        assertThat(failure.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(failure.getDescription())
                .contains("resume from offset " + reached)
                .doesNotContain("broken by");
    }

    @Test
    void followerIsToldWhenTheServerIsAtItsEnd() throws Exception {
        StreamLogsRequest request = logOf(MEGABYTE);
        logs.runOutOfMemory();

        Follower follower = Follower.start(channel, request, 1);

        assertThat(follower.failure().getCode()).isEqualTo(Status.Code.INTERNAL);
    }

    private StreamLogsRequest logOf(int size) {
        DeployRequest request = new DeployRequest(
                "", "", List.of("true"), Map.of(), "", Map.of(), Optional.empty(), Optional.empty(), false);
        Deployment deployment = storage.deployments()
                .admit(DeploymentId.create(NOW), request, "/", NOW, new Limits(1, 1))
                .deployment();
        LogExtent log = LogExtent.EMPTY;
        byte[] line = ("x".repeat(1023) + "\n").getBytes(StandardCharsets.US_ASCII);
        while (log.size() < size) {
            LogDelta delta = new LogDelta(log.size(), NOW, line);
            log = log.plus(delta);
            storage.logs().append(deployment.number(), delta, log);
        }
        storage.deployments().finish(deployment.id(), Outcome.ofExitStatus(0), NOW);
        return StreamLogsRequest.newBuilder()
                .setDeploymentId(deployment.id().text())
                .build();
    }
}
