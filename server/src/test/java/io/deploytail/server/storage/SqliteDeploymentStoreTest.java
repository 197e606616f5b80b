package io.deploytail.server.storage;

import io.deploytail.server.deployment.DeploymentStore;
import io.deploytail.server.deployment.DeploymentStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteDeploymentStoreTest extends DeploymentStoreContract {
    private SqliteStorage storage;

    @BeforeEach
    void open(@TempDir Path directory) {
        storage = SqliteStorage.open(directory.resolve("test.db"), Durability.NORMAL, writesWork -> {});
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Override
    protected DeploymentStore store() {
        return storage.deployments();
    }
}
