package io.deploytail.server.storage;

import static io.deploytail.server.deployment.LogAppender.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.DeploymentStore;
import io.deploytail.server.deployment.EndNotice;
import io.deploytail.server.deployment.EndReason;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.RequestDraft;
import io.deploytail.server.deployment.Stop;
import io.deploytail.server.deployment.Tally;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteEndNoticesTest {
    private SqliteStorage storage;
    private DeploymentStore deployments;

    @BeforeEach
    void open(@TempDir Path directory) {
        storage = SqliteStorage.open(directory.resolve("test.db"), Durability.NORMAL, writesWork -> {}, Tally.NONE);
        deployments = storage.deployments(Optional.of(Object::toString), entry -> {});
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Test
    void noticeIsOfTheDeploymentAsItEndedAndDueAtOnce() {
        DeploymentId id = admit("");

        Deployment ended = deployments.finish(id, Outcome.ofExitStatus(3), NOON.plusSeconds(5));

        assertThat(notices())
                .containsExactly(new EndNotice(
                        ended.number(), id, NOON.plusSeconds(5), 0, NOON.plusSeconds(5), ended.toString()));
    }

    @Test
    void endIsNotRecordedTwiceAndNeitherIsItsNotice() {
        DeploymentId id = admit("");
        deployments.finish(id, Outcome.ofExitStatus(0), NOON);
        EndNotice first = notices().get(0);

        deployments.finish(id, Outcome.ofExitStatus(1), NOON.plusSeconds(5));
        storage.endNotices().remove(first);
        deployments.finish(id, Outcome.of(EndReason.INTERRUPTED, "gone"), NOON.plusSeconds(9));
        deployments.requestStop(id, cancelled());

        assertThat(notices()).isEmpty();
    }

    @Test
    void cancelIsAnEndForOneThatIsQueuedOnly() {
        DeploymentId running = admit("shop");
        DeploymentId queued = admit("shop");

        deployments.requestStop(running, cancelled());
        Deployment ended = deployments.requestStop(queued, cancelled());

        assertThat(notices()).extracting(EndNotice::deploymentId).containsExactly(queued);
        assertThat(notices()).extracting(EndNotice::text).containsExactly(ended.toString());
    }

    @Test
    void endIsNotRecordedWithoutItsNotice() {
        DeploymentStore failing = storage.deployments(
                Optional.of(ended -> {
                    throw new IllegalStateException("no notice");
                }),
                entry -> {});
        DeploymentId id = admit("");

        assertThatIllegalStateException().isThrownBy(() -> failing.finish(id, Outcome.ofExitStatus(0), NOON));

        assertThat(failing.get(id).state()).isEqualTo(DeploymentState.RUNNING);
        assertThat(notices()).isEmpty();
    }

    @Test
    void noticeStaysWhenItsDeploymentIsDeleted() {
        DeploymentId id = admit("");
        deployments.finish(id, Outcome.ofExitStatus(0), NOON);

        deployments.delete(id, NOON);

        assertThat(notices()).extracting(EndNotice::deploymentId).containsExactly(id);
    }

    @Test
    void thoseWhoseNextAttemptComesFirstAreFirst() {
        for (int second = 1; second <= 3; second++) {
            deployments.finish(admit(""), Outcome.ofExitStatus(0), NOON.plusSeconds(second));
        }
        List<EndNotice> before = notices();

        storage.endNotices().postpone(before.get(0), NOON.plusSeconds(9));
        storage.endNotices().postpone(before.get(1), NOON.plusSeconds(8));

        assertThat(notices()).extracting(EndNotice::failures).containsExactly(0, 1, 1);
        assertThat(notices())
                .extracting(EndNotice::number)
                .containsExactly(
                        before.get(2).number(),
                        before.get(1).number(),
                        before.get(0).number());
        assertThat(storage.endNotices().first(2)).isEqualTo(notices().subList(0, 2));
    }

    private DeploymentId admit(String target) {
        DeploymentId id = DeploymentId.create(NOON);
        deployments.admit(id, RequestDraft.plain().on(target).request(), "/srv", NOON, new Limits(10, 10));
        return id;
    }

    private static Stop cancelled() {
        return new Stop(EndReason.CANCELLED, NOON, "Cancelled.", "");
    }

    private List<EndNotice> notices() {
        return storage.endNotices().first(100);
    }
}
