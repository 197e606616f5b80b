package io.deploytail.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.LogAppender;
import io.deploytail.server.deployment.RequestDraft;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Shorthand for what the tests of this package have in common. */
final class TestStorage {
    static final Limits ROOMY = new Limits(1000, 1000);

    private TestStorage() {}

    /** A running deployment, with an empty log to append to. */
    static LogAppender newLog(SqliteStorage storage) {
        return newLog(storage, RequestDraft.plain());
    }

    static LogAppender newLog(SqliteStorage storage, RequestDraft request) {
        Deployment deployment = storage.deployments()
                .admit(DeploymentId.create(LogAppender.NOON), request.request(), "/srv", LogAppender.NOON, ROOMY)
                .deployment();
        return new LogAppender(storage.logs(), deployment);
    }

    /** Opens the file apart from the storage that uses it, as people do. */
    static Connection connect(Path file) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file);
    }

    static void execute(Path file, String... statements) throws SQLException {
        try (Connection connection = connect(file);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The first column of the first row, which must be there. */
    static String query(Path file, String sql) throws SQLException {
        try (Connection connection = connect(file);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
