package io.deploytail.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.deploytail.server.deployment.DeploymentStore;
import io.deploytail.server.deployment.LogAppender;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogExtent;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.LogStore;
import io.deploytail.server.deployment.LogStoreContract;
import io.deploytail.server.deployment.Tally;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteLogStoreTest extends LogStoreContract {
    private SqliteStorage storage;

    @BeforeEach
    void open(@TempDir Path directory) {
        storage = SqliteStorage.open(directory.resolve("test.db"), Durability.NORMAL, writesWork -> {}, Tally.NONE);
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Override
    protected LogStore logs() {
        return storage.logs();
    }

    @Override
    protected DeploymentStore deployments() {
        return storage.deployments();
    }

    @Test
    void deltaThatDoesNotBeginAtTheEndIsRefusedAndStoresNothing() {
        LogAppender log = TestStorage.newLog(storage).append("one\n");
        long number = storage.deployments().find(log.id()).orElseThrow().number();
        LogDelta again = new LogDelta(0, LogAppender.NOON, new byte[] {'x'});
        LogDelta beyond = new LogDelta(9, LogAppender.NOON, new byte[] {'x'});

        assertThatIllegalStateException()
                .isThrownBy(() -> logs().append(number, List.of(again), LogExtent.EMPTY.plus(again)));
        assertThatIllegalStateException().isThrownBy(() -> logs().append(number, List.of(beyond), log.extent()));

        assertThat(logs().read(log.id(), 0, 100).bytes()).isEqualTo(log.expected());
    }

    @Test
    void gapThatDoesNotBeginAtTheEndIsRefusedAndStoresNothing() {
        LogAppender log = TestStorage.newLog(storage).append("one\n");
        long number = storage.deployments().find(log.id()).orElseThrow().number();
        LogGap again = new LogGap(0, 9, LogGap.Reason.DISK_FULL, true);

        assertThatIllegalStateException().isThrownBy(() -> logs().append(number, again, LogExtent.EMPTY.plus(again)));

        assertThat(logs().read(log.id(), 0, 100).bytes()).isEqualTo(log.expected());
        assertThat(logs().read(log.id(), 4, 100).isEmpty()).isTrue();
    }
}
