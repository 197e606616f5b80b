package io.deploytail.server.storage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection and its statements, each compiled at its first use and kept: so the SQL must come from constants.
 *
 * <p>Not thread-safe; it belongs to whoever has it at the time.
 */
final class Session implements AutoCloseable {
    /** Makes a value of the row that the cursor is at. */
    @FunctionalInterface
    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private static final Logger logger = LoggerFactory.getLogger(Session.class);

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    Session(Connection connection) {
        this.connection = connection;
    }

    /** Runs a statement that returns no rows; returns how many rows it has changed. */
    int update(String sql, @Nullable Object... values) throws SQLException {
        try {
            return prepared(sql, values).executeUpdate();
        } catch (SQLException e) {
            forget(sql);
            throw e;
        }
    }

    /** Runs a statement to its end, whatever it returns on the way, and does not keep it. */
    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    /** The first row, if there is one. */
    <T> Optional<T> first(String sql, RowReader<T> reader, @Nullable Object... values) throws SQLException {
        List<T> first = new ArrayList<>(1);
        walk(
                sql,
                row -> {
                    first.add(reader.read(row));
                    return false;
                },
                values);
        return first.stream().findFirst();
    }

    /** All rows. */
    <T> List<T> all(String sql, RowReader<T> reader, @Nullable Object... values) throws SQLException {
        List<T> all = new ArrayList<>();
        walk(
                sql,
                row -> {
                    all.add(reader.read(row));
                    return true;
                },
                values);
        return all;
    }

    /** Visits row after row for as long as the visitor returns true. Rows behind that are not read. */
    void walk(String sql, RowReader<Boolean> visitor, @Nullable Object... values) throws SQLException {
        try (ResultSet rows = prepared(sql, values).executeQuery()) {
            boolean wantsMore = true;
            while (wantsMore && rows.next()) {
                wantsMore = visitor.read(rows);
            }
        } catch (SQLException e) {
            forget(sql);
            throw e;
        }
    }

    private PreparedStatement prepared(String sql, @Nullable Object... values) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    /** The driver closes a statement after some errors, a full disk for one, without saying so. */
    private void forget(String sql) {
        @Nullable PreparedStatement failed = statements.remove(sql);
        try {
            if (failed != null) {
                failed.close();
            }
        } catch (SQLException e) {
            logger.debug("could not close a statement that had failed", e);
        }
    }

    /** Closes the connection with all its statements. A failure is only logged: there is nothing left to do about it. */
    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            logger.warn("could not close a connection to the database", e);
        }
    }
}
