package io.deploytail.server.storage;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.Flyway;

/** Databases as the first version of the schema had them. */
public final class FirstSchema {
    private FirstSchema() {}

    /** Makes the file, with a write-ahead log and no rows, and opens it. */
    public static Connection create(Path file) throws SQLException {
        Flyway.configure()
                .dataSource("jdbc:sqlite:" + file, "", "")
                .locations("classpath:db/migration")
                .target("1")
                .load()
                .migrate();
        Connection connection = TestStorage.connect(file);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
        }
        return connection;
    }
}
