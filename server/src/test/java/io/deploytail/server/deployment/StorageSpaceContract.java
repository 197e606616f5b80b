package io.deploytail.server.deployment;

import static io.deploytail.server.deployment.LogAppender.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What every {@link StorageSpace} does. */
public abstract class StorageSpaceContract {
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int CHUNKS = 192;

    protected abstract StorageSpace space();

    protected abstract DeploymentStore deployments();

    protected abstract LogStore logs();

    /** Closes the storage and opens it again. */
    protected abstract void reopen();

    @Test
    void whatADeletedLogTookIsInUseNoMoreOnceItIsReclaimed() {
        long before = space().usedBytes();
        LogAppender log = longLog();
        long full = space().usedBytes();
        assertThat(full - before).isGreaterThan((long) CHUNKS * CHUNK_BYTES);

        delete(log);
        reclaim();

        assertThat(full - space().usedBytes()).isGreaterThan((long) CHUNKS * CHUNK_BYTES);
    }

    @Test
    void filesTakeAtLeastWhatIsInUse() {
        longLog();

        assertThat(space().fileBytes()).isGreaterThanOrEqualTo(space().usedBytes());
    }

    @Test
    void nothingIsToBeReclaimedWhereNothingWasDeleted() {
        longLog();

        assertThat(space().reclaimSome()).isFalse();
    }

    @Test
    void otherLogsStayWholeWhileOneIsReclaimed() {
        LogAppender goes = newLog();
        LogAppender stays = newLog();
        byte[] chunk = new byte[5000];
        for (int i = 0; i < 1000; i++) {
            goes.append(chunk);
            stays.append("line " + i + "\n");
        }
        delete(goes);

        stays.append("more\n");
        while (space().reclaimSome()) {
            stays.append("and more\n");
        }

        assertThat(read(stays)).isEqualTo(stays.expected());
    }

    @Test
    void reclaimingGoesOnAfterARestartInTheMiddleOfIt() {
        long before = space().usedBytes();
        LogAppender first = longLog();
        LogAppender second = longLog();
        long full = space().usedBytes();
        delete(first);
        delete(second);
        assertThat(space().reclaimSome()).isTrue();
        assertThat(space().usedBytes()).as("it is not done").isGreaterThan(before + CHUNKS * CHUNK_BYTES / 4);

        reopen();
        reclaim();

        assertThat(full - space().usedBytes()).isGreaterThan(2L * CHUNKS * CHUNK_BYTES);
    }

    private LogAppender newLog() {
        Deployment deployment = deployments()
                .admit(DeploymentId.create(NOON), RequestDraft.plain().request(), "/srv", NOON, new Limits(100, 100))
                .deployment();
        return new LogAppender(logs(), deployment);
    }

    private LogAppender longLog() {
        LogAppender log = newLog();
        for (int i = 0; i < CHUNKS; i++) {
            log.append(new byte[CHUNK_BYTES]);
        }
        return log;
    }

    private void delete(LogAppender log) {
        deployments().finish(log.id(), Outcome.ofExitStatus(0), NOON);
        deployments().delete(log.id(), NOON);
    }

    private void reclaim() {
        while (space().reclaimSome()) {
            // there may be more
        }
    }

    private byte[] read(LogAppender log) {
        return logs().read(log.id(), 0, (int) log.extent().size()).bytes();
    }
}
