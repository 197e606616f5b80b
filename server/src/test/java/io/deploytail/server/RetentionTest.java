package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.LogAppender;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.RequestDraft;
import io.deploytail.server.deployment.Retention;
import io.deploytail.server.deployment.RetentionLimits;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.storage.Durability;
import io.deploytail.server.storage.SqliteStorage;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept and what is not. */
class RetentionTest {
    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    private static final Optional<Duration> FOR_EVER = Optional.empty();
    private static final OptionalLong UNLIMITED = OptionalLong.empty();
    private static final int MEBIBYTE = 1 << 20;

    private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
    private SqliteStorage storage;

    @BeforeEach
    void open(@TempDir Path directory) {
        storage = SqliteStorage.open(directory.resolve("test.db"), Durability.NORMAL, isWell -> {}, Tally.NONE);
    }

    @AfterEach
    void close() {
        timers.shutdownNow();
        storage.close();
    }

    @Test
    void whatEndedLongerAgoThanItIsKeptIsDeleted() {
        ended(NOON, 0);
        ended(NOON.plusSeconds(1), 0);
        Deployment young = ended(NOON.plusSeconds(2), 0);

        retain(
                Optional.of(Duration.ofDays(90)),
                UNLIMITED,
                NOON.plus(Duration.ofDays(90)).plusSeconds(2));

        assertThat(storage.deployments().firstEnded()).contains(young);
    }

    @Test
    void whatIsKeptForEverIsNotDeletedHoweverOld() {
        Deployment old = ended(NOON, 0);

        retain(FOR_EVER, UNLIMITED, NOON.plus(Duration.ofDays(100_000)));

        assertThat(storage.deployments().firstEnded()).contains(old);
    }

    @Test
    void clockThatWasSetBackMakesNothingOld() {
        Deployment fromTheFuture = ended(NOON, 0);

        retain(Optional.of(Duration.ofSeconds(1)), UNLIMITED, NOON.minus(Duration.ofDays(400)));

        assertThat(storage.deployments().firstEnded()).contains(fromTheFuture);
    }

    @Test
    void thoseThatEndedFirstGoUntilTheRestFits() {
        Deployment second = ended(NOON.plusSeconds(2), 3 * MEBIBYTE);
        Deployment first = ended(NOON.plusSeconds(1), 3 * MEBIBYTE);
        Deployment third = ended(NOON.plusSeconds(3), 3 * MEBIBYTE);

        retain(FOR_EVER, OptionalLong.of(5 * MEBIBYTE), NOON.plusSeconds(9));

        assertThat(storage.deployments().find(first.id())).isEmpty();
        assertThat(storage.deployments().find(second.id())).isEmpty();
        assertThat(storage.deployments().find(third.id())).contains(third);
        assertThat(storage.space().usedBytes()).isLessThan(5 * MEBIBYTE);
        assertThat(storage.logs().read(third.id(), 0, 3 * MEBIBYTE).bytes()).hasSize(3 * MEBIBYTE);
    }

    @Test
    void whatHasNotEndedStaysThoughItIsTheOldestAndTheBiggest() {
        Deployment running = started(NOON.minus(Duration.ofDays(1000)), 4 * MEBIBYTE);
        Deployment queued = started(NOON.minus(Duration.ofDays(999)), 0);
        ended(NOON, 1000);

        retain(Optional.of(Duration.ofSeconds(1)), OptionalLong.of(MEBIBYTE), NOON.plus(Duration.ofDays(1)));

        assertThat(storage.deployments().firstEnded()).isEmpty();
        assertThat(storage.deployments().get(running.id()).state()).isEqualTo(DeploymentState.RUNNING);
        assertThat(storage.deployments().get(queued.id()).state()).isEqualTo(DeploymentState.QUEUED);
        assertThat(storage.logs().read(running.id(), 0, 4 * MEBIBYTE).bytes()).hasSize(4 * MEBIBYTE);
    }

    private void retain(Optional<Duration> keepFor, OptionalLong keepBytes, Instant now) {
        Clock clock = Clock.fixed(now, ZoneOffset.UTC);
        new Retention(
                        new RetentionLimits(keepFor, keepBytes),
                        storage.deployments(),
                        storage.space(),
                        clock,
                        Runnable::run,
                        timers)
                .ring();
    }

    private Deployment ended(Instant endTime, int logBytes) {
        Deployment started = started(endTime.minusSeconds(1), "", logBytes);
        return storage.deployments().finish(started.id(), Outcome.ofExitStatus(0), endTime);
    }

    /** Running, or queued behind the one before. */
    private Deployment started(Instant time, int logBytes) {
        return started(time, "shop", logBytes);
    }

    private Deployment started(Instant time, String target, int logBytes) {
        Deployment deployment = storage.deployments()
                .admit(
                        DeploymentId.create(time),
                        RequestDraft.plain().on(target).request(),
                        "/srv",
                        time,
                        new Limits(100, 100))
                .deployment();
        if (logBytes > 0) {
            new LogAppender(storage.logs(), deployment).append(new byte[logBytes]);
        }
        return deployment;
    }
}
