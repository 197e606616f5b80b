package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentStore;
import io.deploytail.server.deployment.EndNotice;
import io.deploytail.server.deployment.EndNotices;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.Messenger;
import io.deploytail.server.deployment.NoticeDelivery;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.RequestDraft;
import io.deploytail.server.deployment.StorageException;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.storage.Durability;
import io.deploytail.server.storage.SqliteStorage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When an end is told, and when again. The tests ring, and no timer does. */
class NoticeDeliveryTest {
    private final SettableClock clock = new SettableClock();
    private final List<DeploymentId> attempts = new ArrayList<>();
    private final ScheduledExecutorService deafTimers = Workers.timers("deaf");
    private boolean messengerFails;
    private SqliteStorage storage;

    @BeforeEach
    void open(@TempDir Path directory) {
        storage = SqliteStorage.open(directory.resolve("test.db"), Durability.NORMAL, isWell -> {}, Tally.NONE);
        deafTimers.shutdown();
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Test
    void eachAttemptWaitsTwiceAsLongAsTheOneBeforeUpToFiveMinutesUntilADayIsOver() {
        ended(clock.instant());
        messengerFails = true;
        NoticeDelivery delivery = delivery(storage.endNotices(), Runnable::run);
        int attempt = 1;
        delivery.ring();

        for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
            clock.forward(Duration.ofSeconds(seconds).minusMillis(1));
            delivery.ring();
            assertThat(attempts).as("before %d s have passed", seconds).hasSize(attempt);
            clock.forward(Duration.ofMillis(1));
            delivery.ring();
            attempt++;
            assertThat(attempts).as("after %d s", seconds).hasSize(attempt);
        }
        clock.forward(Duration.ofHours(24));
        delivery.ring();

        assertThat(attempts).hasSize(attempt);
        assertThat(left()).isEmpty();
    }

    @Test
    void whatIsTooOldAtItsFirstAttemptIsNotToldAnyMore() {
        ended(clock.instant().minus(Duration.ofHours(24)));
        Deployment young = ended(clock.instant().minus(Duration.ofHours(23)));

        delivery(storage.endNotices(), Runnable::run).ring();

        assertThat(attempts).containsExactly(young.id());
        assertThat(left()).isEmpty();
    }

    @Test
    void clockThatWasSetBackDoesNotPutAnAttemptOff() {
        Deployment failed = ended(clock.instant());
        NoticeDelivery delivery = delivery(storage.endNotices(), Runnable::run);
        messengerFails = true;
        delivery.ring();
        clock.back(Duration.ofDays(1));

        delivery.ring();

        assertThat(attempts).containsExactly(failed.id(), failed.id());
    }

    @Test
    void endIsToldAtOnceThoughTheClockWasSetBackBehindIt() {
        Deployment fromTheFuture = ended(clock.instant().plusSeconds(60));

        delivery(storage.endNotices(), Runnable::run).ring();

        assertThat(attempts).containsExactly(fromTheFuture.id());
    }

    @Test
    void whatWasToldIsNotToldAgainBecauseThatCannotBeRecorded() {
        ended(clock.instant());
        FaultyNotices notices = new FaultyNotices(storage.endNotices());
        NoticeDelivery delivery = delivery(notices, Runnable::run);
        notices.areBroken = true;
        delivery.ring();
        delivery.ring();
        assertThat(left()).hasSize(1);

        notices.areBroken = false;
        delivery.ring();

        assertThat(left()).isEmpty();
        assertThat(attempts).hasSize(1);
    }

    @Test
    void oneThatTakesLongDoesNotHoldUpTheOthers() throws Exception {
        Deployment slow = ended(clock.instant());
        for (int i = 0; i < 10; i++) {
            ended(clock.instant());
        }
        CountDownLatch go = new CountDownLatch(1);
        ThreadPoolExecutor pool = Workers.pool("test", NoticeDelivery.MAX_AT_ONCE);
        NoticeDelivery delivery =
                new NoticeDelivery(storage.endNotices(), new SlowMessenger(slow.id(), go), clock, pool, deafTimers);

        delivery.ring();

        Eventually.until("all the others are told", () -> left().size() == 1);
        assertThat(left()).extracting(EndNotice::deploymentId).containsExactly(slow.id());
        go.countDown();
        Eventually.until("it is told too", () -> left().isEmpty());
        pool.shutdown();
    }

    @Test
    void afterTheStopNoneIsBegun() {
        NoticeDelivery delivery = delivery(storage.endNotices(), Runnable::run);
        delivery.stop();
        ended(clock.instant());

        delivery.ring();

        assertThat(attempts).isEmpty();
        assertThat(left()).hasSize(1);
    }

    private NoticeDelivery delivery(EndNotices notices, Executor executor) {
        Messenger messenger = new Messenger() {
            @Override
            public Optional<String> deliver(EndNotice notice) {
                attempts.add(notice.deploymentId());
                return messengerFails ? Optional.of("nobody answers") : Optional.empty();
            }

            @Override
            public void stop() {}
        };
        return new NoticeDelivery(notices, messenger, clock, executor, deafTimers);
    }

    private Deployment ended(Instant time) {
        DeploymentStore deployments = storage.deployments(Optional.of(ended -> "{}"), entry -> {});
        DeploymentId id = DeploymentId.create(time);
        deployments.admit(id, RequestDraft.plain().request(), "/srv", time, new Limits(100, 100));
        return deployments.finish(id, Outcome.ofExitStatus(0), time);
    }

    private List<EndNotice> left() {
        return storage.endNotices().first(100);
    }

    /** Cannot record anything while they are broken. */
    private static final class FaultyNotices implements EndNotices {
        private final EndNotices notices;
        private boolean areBroken;

        private FaultyNotices(EndNotices notices) {
            this.notices = notices;
        }

        @Override
        public List<EndNotice> first(int limit) {
            return notices.first(limit);
        }

        @Override
        public void postpone(EndNotice notice, Instant nextAttempt) {
            failIfBroken();
            notices.postpone(notice, nextAttempt);
        }

        @Override
        public void remove(EndNotice notice) {
            failIfBroken();
            notices.remove(notice);
        }

        private void failIfBroken() {
            if (areBroken) {
                throw new StorageException("disk full", new IllegalStateException());
            }
        }
    }

    /** Takes its time for one of them. */
    private record SlowMessenger(DeploymentId slow, CountDownLatch go) implements Messenger {
        @Override
        public Optional<String> deliver(EndNotice notice) {
            try {
                if (notice.deploymentId().equals(slow)) {
                    go.await();
                }
                return Optional.empty();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void stop() {}
    }
}
