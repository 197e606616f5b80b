package io.deploytail.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.storage.FirstSchema;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that is killed while it brings a database of the first version up to date: whenever that is, the next start
 * does the rest, and every row is as it was.
 *
 * <p>The README tells how to run more rounds. What is random comes from the seed; what a kill hits is also up to the
 * machine.
 */
class UpgradeAcrossCrashesTest {
    private static final int ROUNDS = Integer.getInteger("upgrade.rounds", 2);
    private static final int MEBIBYTES = Integer.getInteger("upgrade.mebibytes", 8);
    private static final long SEED = Long.getLong("upgrade.seed", 1);

    private static final int MAX_KILLS_PER_ROUND = 2;
    private static final int LINES_PER_LOG = 1000;
    private static final int LONG_CHUNK_BYTES = 64 << 10;

    private final Random random = new Random(SEED);

    @TempDir
    private Path directory;

    /** Queries for all rows that there are, in a fixed order, and what they return. */
    private final Map<String, String> digests = new HashMap<>();

    private Path original;

    @BeforeEach
    void makeDatabaseOfTheFirstVersion() throws Exception {
        Path made = directory.resolve("made.db");
        original = Files.createDirectory(directory.resolve("original"));
        try (Connection connection = FirstSchema.create(made);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (int number = 1; Files.size(made) < (long) MEBIBYTES << 20; number++) {
                insertLog(connection, number);
                connection.commit();
            }
            connection.setAutoCommit(true);
            for (String table : List.of("deployments", "deployment_labels", "log_chunks")) {
                String columns = query(statement, "SELECT group_concat(name) FROM pragma_table_info('" + table + "')");
                String rows = "SELECT " + columns + " FROM " + table + " ORDER BY 1, 2";
                digests.put(rows, digest(statement, rows));
            }
            // As a server leaves it that was killed itself, with some of it in the write-ahead log only.
            Files.copy(made, database(original));
            Files.copy(wal(made), wal(database(original)));
        }
    }

    @Test
    void nextStartDoesTheRestWheneverAnUpgradeIsKilled() throws Exception {
        Duration start = upgradeUndisturbed();
        for (int round = 1; round <= ROUNDS; round++) {
            Path data = copyOfOriginal("round" + round);
            int kills = 1 + random.nextInt(MAX_KILLS_PER_ROUND);
            for (int kill = 0; kill < kills; kill++) {
                Process starting = ServerProcess.launch(data);
                starting.waitFor(random.nextInt((int) start.toMillis()), TimeUnit.MILLISECONDS);
                starting.destroyForcibly().waitFor();
            }
            assertUpgrades(data);
            Files.delete(database(data));
        }
    }

    /** Returns how long that takes. */
    private Duration upgradeUndisturbed() throws Exception {
        Path data = copyOfOriginal("undisturbed");
        long begin = System.nanoTime();
        ServerProcess.start(data).close();
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private void assertUpgrades(Path data) throws Exception {
        try (ServerProcess server = ServerProcess.start(data)) {
            List<Deployment> listed = server.stub()
                    .listDeployments(
                            ListDeploymentsRequest.newBuilder().setPageSize(1).build())
                    .getDeploymentsList();
            byte[] log = server.log(listed.get(0));
            assertThat(log).hasSize((int) listed.get(0).getLogSize());
            assertThat(crc32c(log)).isEqualTo(listed.get(0).getLogCrc32C());
            assertThat(server.terminate()).isZero();
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database(data));
                Statement statement = connection.createStatement()) {
            assertThat(query(statement, "PRAGMA integrity_check")).isEqualTo("ok");
            assertThat(query(statement, "PRAGMA auto_vacuum")).isEqualTo("2");
            assertThat(query(statement, "SELECT max(version) || ' ' || min(success) FROM flyway_schema_history"))
                    .isEqualTo("7 1");
            for (Map.Entry<String, String> rows : digests.entrySet()) {
                assertThat(digest(statement, rows.getKey())).as(rows.getKey()).isEqualTo(rows.getValue());
            }
        }
    }

    private static String digest(Statement statement, String sql) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (ResultSet rows = statement.executeQuery(sql)) {
            int columns = rows.getMetaData().getColumnCount();
            while (rows.next()) {
                for (int i = 1; i <= columns; i++) {
                    byte @Nullable [] value = rows.getBytes(i);
                    digest.update((value == null ? "null," : value.length + ":").getBytes(UTF_8));
                    digest.update(value == null ? new byte[0] : value);
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String query(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.getString(1);
        }
    }

    /** A deployment with a label, short lines and a long chunk. */
    private void insertLog(Connection connection, int number) throws SQLException {
        CRC32C crc = new CRC32C();
        long size = 0;
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO log_chunks (deployment_no, start_offset, time, newline_count, bytes)
                VALUES (?, ?, '2026-11-20T12:00:00.100Z', ?, ?)""")) {
            for (int i = 0; i <= LINES_PER_LOG; i++) {
                byte[] bytes = new byte[i < LINES_PER_LOG ? 1 + random.nextInt(120) : LONG_CHUNK_BYTES];
                random.nextBytes(bytes);
                insert.setLong(1, number);
                insert.setLong(2, size);
                insert.setLong(3, newlines(bytes));
                insert.setBytes(4, bytes);
                insert.execute();
                size += bytes.length;
                crc.update(bytes);
            }
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    """
                    INSERT INTO deployments (
                      deployment_no, deployment_id, target, state, end_reason, exit_code,
                      create_time, start_time, end_time, log_size, log_crc32c, request_id, request_fingerprint,
                      working_directory, labels, command)
                    VALUES (
                      %d, '01a210fe-0001-7000-8000-%012d', 'shop', 'FAILED', 'EXITED', 3,
                      '2026-11-20T12:00:00.000Z', '2026-11-20T12:00:00.000Z', '2026-11-20T12:00:02.120Z',
                      %d, '%s', 'r%d', 'f',
                      '/srv', '{"team":"payments"}', '["./release.sh"]')""".formatted(number, number, size, HexFormat.of().toHexDigits((int) crc.getValue()), number));
            statement.execute("INSERT INTO deployment_labels VALUES (" + number + ", 'team', 'payments')");
        }
    }

    private static long newlines(byte[] bytes) {
        long newlines = 0;
        for (byte b : bytes) {
            newlines += b == '\n' ? 1 : 0;
        }
        return newlines;
    }

    private static int crc32c(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private Path copyOfOriginal(String name) throws IOException {
        Path data = Files.createDirectory(directory.resolve(name));
        Files.copy(database(original), database(data));
        Files.copy(wal(database(original)), wal(database(data)));
        return data;
    }

    private static Path database(Path data) {
        return data.resolve("deploytail.db");
    }

    private static Path wal(Path database) {
        return Path.of(database + "-wal");
    }
}
