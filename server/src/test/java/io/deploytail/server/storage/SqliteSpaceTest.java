package io.deploytail.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.DeploymentStore;
import io.deploytail.server.deployment.LogAppender;
import io.deploytail.server.deployment.LogStore;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.StorageSpace;
import io.deploytail.server.deployment.StorageSpaceContract;
import io.deploytail.server.deployment.Tally;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteSpaceTest extends StorageSpaceContract {
    private static final int MEBIBYTE = 1 << 20;

    private Path file;
    private SqliteStorage storage;

    @BeforeEach
    void open(@TempDir Path directory) {
        file = directory.resolve("test.db");
        open();
    }

    private void open() {
        storage = SqliteStorage.open(file, Durability.NORMAL, writesWork -> {}, Tally.NONE);
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Override
    protected void reopen() {
        close();
        open();
    }

    @Override
    protected StorageSpace space() {
        return storage.space();
    }

    @Override
    protected DeploymentStore deployments() {
        return storage.deployments();
    }

    @Override
    protected LogStore logs() {
        return storage.logs();
    }

    @Test
    void fileShrinksThoughOthersWriteBehindWhatIsDeleted() throws Exception {
        deleteEightMebibytes();

        reclaim();
        close();

        assertThat(Files.size(file)).isLessThan(3 * MEBIBYTE); // one is kept for what comes next
        assertThat(count("SELECT count(*) FROM log_chunks")).isEqualTo(1);
        assertThat(count("SELECT count(*) FROM deleted_deployments WHERE is_purged"))
                .isEqualTo(1);
        open();
    }

    /** Whoever writes waits while the file is cut. */
    @Test
    void fileIsCutALittleAtATime() throws Exception {
        LogAppender goes = TestStorage.newLog(storage);
        append(goes, 40);
        reopen(); // all of it is in the file then, and nothing in the write-ahead log
        delete(goes);
        long before = Files.size(file);
        assertThat(before).isGreaterThan(30 * MEBIBYTE);

        long largestCut = 0;
        long size = before;
        while (space().reclaimSome()) {
            long now = Files.size(file);
            largestCut = Math.max(largestCut, size - now);
            size = now;
        }

        assertThat(size).isLessThan(before / 2);
        assertThat(largestCut).as("not all of it at once").isLessThan(before / 2);
    }

    @Test
    void databaseOfTheVersionBeforeIsConvertedSoThatItCanShrink() throws Exception {
        deleteEightMebibytes();
        close();
        execute("PRAGMA auto_vacuum = NONE", "VACUUM");
        assertThat(count("PRAGMA auto_vacuum")).isZero();

        open();
        reclaim();
        close();

        assertThat(Files.size(file)).isLessThan(3 * MEBIBYTE);
        open();
    }

    @Test
    void spaceIsUsedAgainWhereTheFileCannotShrink() throws Exception {
        deleteEightMebibytes();
        close();
        execute("PRAGMA auto_vacuum = NONE", "VACUUM");
        Database rigid = Database.open(file, Durability.NORMAL, 0);
        try (Session session = rigid.openForReading()) {
            assertThat(session.first("PRAGMA auto_vacuum", row -> row.getInt(1)))
                    .contains(0);
        }
        storage = SqliteStorage.over(rigid, file, writesWork -> {}, Tally.NONE, Checkpoints.Thresholds.DEFAULT);
        long before = Files.size(file);

        reclaim();
        assertThat(space().usedBytes()).isLessThan(2 * MEBIBYTE);
        append(TestStorage.newLog(storage), 6);
        close();

        assertThat(Files.size(file)).isEqualTo(before);
        open();
    }

    @Test
    void newestHundredThousandDeletionsAreRemembered() throws SQLException {
        execute("""
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001)
                INSERT INTO deleted_deployments (deployment_no, deployment_id, delete_time, is_purged)
                SELECT 1000000 + i, printf('01890000-0000-7000-8000-%012d', i), '2026-01-01T00:00:00.000Z', i > 1 FROM n""");

        delete(TestStorage.newLog(storage));

        assertThat(count("SELECT count(*) FROM deleted_deployments"))
                .as("the newest, and the oldest, of which something may be left")
                .isEqualTo(100_001);
        assertThat(count("SELECT count(*) FROM deleted_deployments WHERE deployment_no IN (1000001, 1000002)"))
                .isEqualTo(1);
        reclaim();
        delete(TestStorage.newLog(storage));
        assertThat(count("SELECT count(*) FROM deleted_deployments")).isEqualTo(100_000);
    }

    private void deleteEightMebibytes() {
        LogAppender goes = TestStorage.newLog(storage);
        append(goes, 8);
        append(TestStorage.newLog(storage), 1);
        delete(goes);
    }

    private static void append(LogAppender log, int mebibytes) {
        for (int i = 0; i < mebibytes; i++) {
            log.append(new byte[MEBIBYTE]);
        }
    }

    private void delete(LogAppender log) {
        storage.deployments().finish(log.id(), Outcome.ofExitStatus(0), LogAppender.NOON);
        storage.deployments().delete(log.id(), LogAppender.NOON);
    }

    private void reclaim() {
        while (space().reclaimSome()) {
            // there may be more
        }
    }

    private void execute(String... statements) throws SQLException {
        TestStorage.execute(file, statements);
    }

    private long count(String sql) throws SQLException {
        return Long.parseLong(TestStorage.query(file, sql));
    }
}
