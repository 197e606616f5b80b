package io.deploytail.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentQuery;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.LogAppender;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogExtent;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.RequestDraft;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.deployment.TargetPatterns;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that the first version of the schema was made for, with rows as that version's server wrote them. */
class UpgradeTest {
    private static final DeploymentId ENDED = new DeploymentId("01a210fe-0001-7000-8000-000000000001");
    private static final DeploymentId RUNNING = new DeploymentId("01a210fe-0002-7000-8000-000000000002");
    private static final DeploymentId QUEUED = new DeploymentId("01a210fe-0003-7000-8000-000000000003");

    private static final byte[] FIRST_CHUNK = "grüße\n".getBytes(UTF_8);
    private static final byte[] SECOND_CHUNK = {'\n', (byte) 0xFF, 0, 'x'};
    private static final byte[] LOG = concatenated(FIRST_CHUNK, SECOND_CHUNK);

    /** What it asked for; the fingerprint below is what that version's server computed of it. */
    private static final RequestDraft ASKED_FOR = RequestDraft.plain()
            .withId("r1")
            .on("shop")
            .withEnv(Map.of("TOKEN", "secret"))
            .labelled(Map.of("team", "payments"))
            .within(Duration.ofMinutes(5));

    private static final String DEPLOYMENTS =
            """
            INSERT INTO deployments (
              deployment_no, deployment_id, target, state, end_reason, exit_code, signal, message,
              create_time, start_time, end_time, stop_reason, stop_time, stop_message,
              log_size, log_newline_count, log_ends_in_line, log_crc32c, timeout_ms, silence_timeout_ms,
              request_id, request_fingerprint, working_directory, labels, command)
            VALUES
              (1, '%s', 'shop', 'FAILED', 'EXITED', 3, NULL, '',
              '2026-11-20T12:00:00.000Z', '2026-11-20T12:00:00.000Z', '2026-11-20T12:00:02.120Z', NULL, NULL, NULL,
              12, 2, 1, '%s', 300000, NULL,
              'r1', '1fe84dd68a5bf39eec37fd4e9d87e4b323bfdce317e45796d7de393841c91212', '/srv', '{"team":"payments"}',
              '["./release.sh"]'),
              (2, '%s', 'shop', 'RUNNING', NULL, NULL, NULL, '',
              '2026-11-20T12:01:00.000Z', '2026-11-20T12:01:00.000Z', NULL, NULL, NULL, NULL,
              4, 1, 0, '%s', NULL, 60000,
              NULL, NULL, '/srv', '{}', '["./release.sh"]'),
              (3, '%s', 'shop', 'QUEUED', NULL, NULL, NULL, '',
              '2026-11-20T12:02:00.000Z', NULL, NULL, NULL, NULL, NULL,
              0, 0, 0, '00000000', NULL, NULL,
              NULL, NULL, '/srv', '{"team":"payments"}', '["./release.sh","--now"]')""".formatted(ENDED, crc32c(LOG), RUNNING, crc32c("one\n".getBytes(UTF_8)), QUEUED);

    private static final String LABELS = """
            INSERT INTO deployment_labels (deployment_no, name, value)
            VALUES (1, 'team', 'payments'), (3, 'team', 'payments')""";

    private static final String LOGS =
            """
            INSERT INTO log_chunks (deployment_no, start_offset, time, newline_count, bytes)
            VALUES
              (1, 0, '2026-11-20T12:00:00.100Z', 1, X'%s'),
              (1, 8, '2026-11-20T12:00:02.000Z', 1, X'%s'),
              (2, 0, '2026-11-20T12:01:00.100Z', 1, X'6F6E650A')""".formatted(HexFormat.of().formatHex(FIRST_CHUNK), HexFormat.of().formatHex(SECOND_CHUNK));

    private Path file;

    @BeforeEach
    void makeDatabaseOfTheFirstVersion(@TempDir Path directory) throws SQLException {
        file = directory.resolve("deploytail.db");
        try (Connection connection = FirstSchema.create(file);
                Statement statement = connection.createStatement()) {
            for (String insert : List.of(DEPLOYMENTS, LABELS, LOGS)) {
                statement.execute(insert);
            }
        }
    }

    @Test
    void endedDeploymentIsWhatItWas() {
        try (SqliteStorage storage = open()) {
            Deployment ended = storage.deployments().find(ENDED).orElseThrow();

            assertThat(ended.outcome()).contains(Outcome.ofExitStatus(3));
            assertThat(ended.endTime()).contains(Instant.parse("2026-11-20T12:00:02.120Z"));
            assertThat(ended.timeout()).contains(Duration.ofMinutes(5));
            assertThat(ended.labels()).containsExactly(Map.entry("team", "payments"));
            assertThat(ended.log()).isEqualTo(LogExtent.EMPTY.plus(delta(0, LOG)));
            assertThat(ended.log().missing()).isZero();
        }
    }

    @Test
    void logCanBeReadFromAnyOffset() {
        try (SqliteStorage storage = open()) {
            for (int offset = 0; offset <= LOG.length; offset++) {
                assertThat(log(storage, ENDED, offset)).isEqualTo(Arrays.copyOfRange(LOG, offset, LOG.length));
            }
            assertThat(storage.logs().read(ENDED, LOG.length, 1).isLast()).isTrue();
            assertThat(storage.logs().tailOffset(ENDED, 1)).isEqualTo(9);
        }
    }

    @Test
    void deploymentsAreFoundByEverything() {
        try (SqliteStorage storage = open()) {
            assertThat(found(storage, "shop", Set.of(), Map.of())).containsExactly(QUEUED, RUNNING, ENDED);
            assertThat(found(storage, "", Set.of(DeploymentState.FAILED), Map.of()))
                    .containsExactly(ENDED);
            assertThat(found(storage, "shop", Set.of(DeploymentState.QUEUED), Map.of()))
                    .containsExactly(QUEUED);
            assertThat(found(storage, "", Set.of(), Map.of("team", "payments"))).containsExactly(QUEUED, ENDED);
            assertThat(storage.deployments().findByRequest(ASKED_FOR.request()).map(Deployment::id))
                    .contains(ENDED);
        }
    }

    @Test
    void whatWasUnderWayGoesOn() {
        try (SqliteStorage storage = open()) {
            List<Deployment> unfinished = storage.deployments().unfinished();
            assertThat(unfinished).extracting(Deployment::id).containsExactly(RUNNING, QUEUED);
            Deployment running = unfinished.get(0);
            LogDelta next = delta(4, "two\n".getBytes(UTF_8));
            storage.logs().append(running.number(), List.of(next), running.log().plus(next));
            storage.deployments().finish(RUNNING, Outcome.ofExitStatus(0), LogAppender.NOON.plusSeconds(3600));

            List<Deployment> started =
                    storage.deployments().startWaiting(LogAppender.NOON.plusSeconds(3600), TestStorage.ROOMY);

            assertThat(log(storage, RUNNING, 0)).isEqualTo("one\ntwo\n".getBytes(UTF_8));
            assertThat(started).extracting(Deployment::id).containsExactly(QUEUED);
            assertThat(started.get(0).command()).containsExactly("./release.sh", "--now");
        }
    }

    @Test
    void logCanBeReadWithNothingButSql() throws SQLException {
        open().close();

        assertThat(query("SELECT log FROM deployment_logs WHERE deployment_id = '" + RUNNING + "'"))
                .isEqualTo("one\n");
        assertThat(query("SELECT hex(CAST(log AS BLOB)) FROM deployment_logs WHERE deployment_id = '" + ENDED + "'"))
                .isEqualTo(HexFormat.of().withUpperCase().formatHex(LOG));
        assertThat(query("SELECT sum(log_missing_size) FROM deployments")).isEqualTo("0");
    }

    @Test
    void deletedDeploymentTakesEverythingAlong() throws SQLException {
        open().close();

        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA foreign_keys = ON");
            statement.execute("DELETE FROM deployments WHERE deployment_id = '" + ENDED + "'");
        }

        assertThat(query("SELECT count(*) FROM log_chunks WHERE deployment_no = 1"))
                .isEqualTo("0");
        assertThat(query("SELECT count(*) FROM deployment_labels WHERE deployment_no = 1"))
                .isEqualTo("0");
    }

    private static List<DeploymentId> found(
            SqliteStorage storage, String target, Set<DeploymentState> states, Map<String, String> labels) {
        DeploymentQuery query = new DeploymentQuery(
                target,
                states,
                labels,
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                10,
                TargetPatterns.ALL);
        return storage.deployments().list(query).deployments().stream()
                .map(Deployment::id)
                .toList();
    }

    private static byte[] log(SqliteStorage storage, DeploymentId id, long offset) {
        byte[] log = {};
        LogSlice slice = storage.logs().read(id, offset, 100);
        while (!slice.isEmpty()) {
            log = concatenated(log, slice.bytes());
            slice = storage.logs().read(id, slice.end(), 100);
        }
        return log;
    }

    private static LogDelta delta(long offset, byte[] bytes) {
        return new LogDelta(offset, LogAppender.NOON, bytes);
    }

    private static byte[] concatenated(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    private static String crc32c(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    private SqliteStorage open() {
        return SqliteStorage.open(file, Durability.NORMAL, writesWork -> {}, Tally.NONE);
    }

    private Connection connect() throws SQLException {
        return TestStorage.connect(file);
    }

    private String query(String sql) throws SQLException {
        return TestStorage.query(file, sql);
    }
}
