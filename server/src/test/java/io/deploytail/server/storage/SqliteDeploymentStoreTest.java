package io.deploytail.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.deploytail.server.deployment.ChangeOutOfRangeException;
import io.deploytail.server.deployment.DeploymentStore;
import io.deploytail.server.deployment.DeploymentStoreContract;
import io.deploytail.server.deployment.Tally;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteDeploymentStoreTest extends DeploymentStoreContract {
    @TempDir
    private Path directory;

    private SqliteStorage storage;

    @BeforeEach
    void open() {
        storage = SqliteStorage.open(database(), Durability.NORMAL, writesWork -> {}, Tally.NONE);
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Override
    protected DeploymentStore store() {
        return storage.deployments();
    }

    @Test
    void changesBeforeDeletionsThatAreForgottenAreRefused() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("""
                    WITH RECURSIVE n(i) AS (SELECT 11 UNION ALL SELECT i + 1 FROM n WHERE i < 100010)
                    INSERT INTO deleted_deployments (
                      deletion_no, deployment_no, deployment_id, delete_time, is_purged, change_no)
                    SELECT i, i, printf('00000000-0000-7000-8000-%012d', i), '2026-11-20T12:00:00.000Z', 1, i FROM n""");
        }

        assertThat(store().lastChange()).isEqualTo(100_010);
        assertThat(store().changes(11, 1).upTo()).isEqualTo(12);
        assertThatExceptionOfType(ChangeOutOfRangeException.class)
                .isThrownBy(() -> store().changes(10, 1))
                .withMessageContaining("list the deployments again");
    }

    private Path database() {
        return directory.resolve("test.db");
    }
}
