package io.deploytail.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentPage;
import io.deploytail.server.deployment.DeploymentQuery;
import io.deploytail.server.deployment.LogAppender;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogExtent;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.RequestDraft;
import io.deploytail.server.deployment.StorageException;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.deployment.TargetPatterns;
import io.deploytail.server.storage.Checkpoints.Thresholds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the storage owes to its being one SQLite file. */
class SqliteStorageTest {
    private static final String TEN_THOUSAND_DEPLOYMENTS = """
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
            INSERT INTO deployments (
              deployment_id, target, state, end_reason, create_time, end_time, working_directory, labels, command,
              change_no)
            SELECT printf('01890000-0000-7000-8000-%012d', i), '', 'FAILED', 'EXITED', '2026-01-01T00:00:00.000Z',
              '2026-01-01T00:00:00.000Z', '/', '{}', '["true"]',
              1000 + i
            FROM n""";

    /** Each has one of two labels, in turn. */
    private static final String TEN_THOUSAND_LABELS = """
            INSERT INTO deployment_labels (deployment_no, name, value)
            SELECT deployment_no, iif(deployment_no % 2, 'team', 'env'), iif(deployment_no % 2, 'a', 'b')
            FROM deployments WHERE labels = '{}'""";

    /** What a newer server leaves in the table of migrations. */
    private static final String NEWER_SCHEMA = """
            INSERT INTO flyway_schema_history
            SELECT installed_rank + 1000, '999', 'of the future', type, 'V999__of_the_future.sql', checksum, installed_by,
              installed_on, execution_time, success
            FROM flyway_schema_history WHERE version = '1'""";

    private final BlockingQueue<Boolean> writesWork = new LinkedBlockingQueue<>();
    private Path directory;
    private Path file;

    @BeforeEach
    void chooseFile(@TempDir Path temporary) {
        directory = temporary;
        file = temporary.resolve("deploytail.db");
    }

    @Test
    void reopenedFileHasEverything() {
        Deployment ended;
        LogAppender log;
        try (SqliteStorage storage = open()) {
            log = TestStorage.newLog(storage, RequestDraft.plain().on("shop")).append("one\n");
            ended = storage.deployments().finish(log.id(), Outcome.ofExitStatus(3), LogAppender.NOON);
        }

        try (SqliteStorage storage = open()) {
            assertThat(storage.deployments().find(log.id())).contains(ended);
            assertThat(storage.logs().read(log.id(), 0, 100).bytes()).isEqualTo(log.expected());
        }
    }

    @Test
    void closedStorageIsOneFile() throws IOException {
        try (SqliteStorage storage = open()) {
            TestStorage.newLog(storage).append("one\n");
        }

        assertThat(filesInDirectory()).containsExactly(file);
    }

    @Test
    void closedStorageFailsWithoutAWordAboutItsHealth() {
        SqliteStorage storage = open();
        LogAppender log = TestStorage.newLog(storage);
        storage.close();

        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> log.append("one\n"));
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> storage.logs().read(log.id(), 0, 100));
        assertThat(writesWork).isEmpty();
    }

    @Test
    void filesAreForTheirOwnerOnly() throws IOException {
        try (SqliteStorage storage = open()) {
            TestStorage.newLog(storage).append("one\n");

            assertThat(filesInDirectory())
                    .hasSize(3) // with -wal and -shm
                    .allSatisfy(path -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                            .isEqualTo("rw-------"));
        }
    }

    @Test
    void valuesOfTheEnvironmentAreStoredNowhere() throws Exception {
        Path copy = Files.createDirectory(directory.resolve("copy"));
        try (SqliteStorage storage = open()) {
            TestStorage.newLog(storage, RequestDraft.plain().withId("r1").withEnv(Map.of("TOKEN", "tell-nobody")));

            // By another process: as soon as this one closes a file that SQLite has open, SQLite's locks on it are
            // gone.
            Process cp = new ProcessBuilder("sh", "-c", "cp \"$0\"* \"$1\"", file.toString(), copy.toString()).start();
            assertThat(cp.waitFor()).isZero();
        }

        List<Path> copies = filesIn(copy);
        assertThat(copies).hasSize(3); // with -wal and -shm
        for (Path path : copies) {
            assertThat(new String(Files.readAllBytes(path), UTF_8)).doesNotContain("tell-nobody");
        }
    }

    @Test
    void newerSchemaIsRefusedAndLeftAsItIs() throws Exception {
        open().close();
        execute(NEWER_SCHEMA);
        byte[] before = Files.readAllBytes(file);

        assertThatExceptionOfType(NewerSchemaException.class)
                .isThrownBy(this::open)
                .withMessageContaining("999");

        assertThat(filesInDirectory()).containsExactly(file);
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
    }

    @Test
    void newerSchemaOfAServerThatWasKilledIsRefusedAndItsWriteAheadLogLeftAsItIs() throws Exception {
        Path left = directory.resolve("left.db");
        Path leftWal = directory.resolve("left.db-wal");
        try (SqliteStorage storage = open()) {
            TestStorage.newLog(storage).append("one\n");
            execute(NEWER_SCHEMA);
            copy(file, left);
            copy(Path.of(file + "-wal"), leftWal);
        }
        Path before = directory.resolve("before.db");
        Path walBefore = directory.resolve("before.db-wal");
        copy(left, before);
        copy(leftWal, walBefore);

        assertThatExceptionOfType(NewerSchemaException.class)
                .isThrownBy(() -> SqliteStorage.open(left, Durability.NORMAL, writesWork::add, Tally.NONE));

        assertThat(leftWal).isNotEmptyFile().hasSameBinaryContentAs(walBefore);
        assertThat(left).hasSameBinaryContentAs(before);
    }

    @Test
    void databaseOfAnotherProgramIsRefused() throws SQLException {
        execute("CREATE TABLE bookmarks (url TEXT)");

        assertThatExceptionOfType(StorageException.class).isThrownBy(this::open);
    }

    @Test
    void fileThatIsNoDatabaseIsRefused() throws IOException {
        Files.writeString(file, "Dear diary, today I was taken for a database. ".repeat(100));

        assertThatExceptionOfType(StorageException.class).isThrownBy(this::open);
    }

    @Test
    void writeFailsWhileAnotherProgramHoldsTheLockAndWorksAgainAfterwards() throws Exception {
        try (SqliteStorage storage = open();
                Connection other = connect();
                Statement statement = other.createStatement()) {
            LogAppender log = TestStorage.newLog(storage).append("one\n");

            statement.execute("BEGIN IMMEDIATE");
            assertThatExceptionOfType(StorageException.class).isThrownBy(() -> log.append("two\n"));
            assertThatExceptionOfType(StorageException.class).isThrownBy(() -> log.append("two\n"));
            assertThat(storage.logs().read(log.id(), 0, 100).bytes()).isEqualTo(log.expected());
            assertThat(nextHealth()).isFalse();

            statement.execute("ROLLBACK");
            log.append("two\n");
            assertThat(nextHealth()).isTrue();
            assertThat(storage.logs().read(log.id(), 0, 100).bytes()).isEqualTo("one\ntwo\n".getBytes(UTF_8));
            assertThat(writesWork).isEmpty();
        }
    }

    @Test
    void healthReturnsAlthoughNobodyWrites() throws Exception {
        try (SqliteStorage storage = open();
                Connection other = connect();
                Statement statement = other.createStatement()) {
            LogAppender log = TestStorage.newLog(storage);
            statement.execute("BEGIN IMMEDIATE");
            assertThatExceptionOfType(StorageException.class).isThrownBy(() -> log.append("one\n"));
            assertThat(nextHealth()).isFalse();

            statement.execute("ROLLBACK");

            assertThat(nextHealth()).isTrue();
        }
    }

    @Test
    void logInSqlHasALineInThePlaceOfEachGap() throws SQLException {
        try (SqliteStorage storage = open()) {
            LogAppender log = TestStorage.newLog(storage)
                    .append("one\n")
                    .append("two\n")
                    .append("three\n")
                    .appendGap(new LogGap(14, 15, LogGap.Reason.COPIER_LOST, false))
                    .append("end\n")
                    .evict(4, 4);

            assertThat(logInSql(log.id())).isEqualTo("""
                            one

                            [4 bytes are missing here: LOG_LIMIT]
                            three

                            [at least 1 byte is missing here: COPIER_LOST]
                            end
                            """);
            assertThat(count("log_chunks")).isEqualTo(3);
        }
    }

    @Test
    void logCanBeReadAsTextWithNothingButSql() throws SQLException {
        try (SqliteStorage storage = open()) {
            byte[] text = "schön 😀\n\nfertig".getBytes(UTF_8);
            LogAppender log = TestStorage.newLog(storage);
            for (byte one : text) {
                log.append(new byte[] {one});
            }
            LogAppender empty = TestStorage.newLog(storage);

            assertThat(logInSql(log.id())).isEqualTo("schön 😀\n\nfertig");
            assertThat(logInSql(empty.id())).isEmpty();
        }
    }

    @Test
    void searchForWhatIsRareEndsItsPagesEarlyUntilItIsFound() throws SQLException {
        try (SqliteStorage storage = open()) {
            DeploymentId oldest = TestStorage.newLog(
                            storage, RequestDraft.plain().labelled(Map.of("team", "a", "env", "b")))
                    .id();
            execute(TEN_THOUSAND_DEPLOYMENTS, TEN_THOUSAND_LABELS);

            DeploymentPage page = storage.deployments().list(inTeamAndEnv(OptionalLong.empty()));
            int emptyPages = 0;
            while (page.deployments().isEmpty()) {
                page = storage.deployments().list(inTeamAndEnv(page.next()));
                emptyPages++;
            }

            assertThat(emptyPages).isPositive();
            assertThat(page.deployments()).extracting(Deployment::id).containsExactly(oldest);
            assertThat(page.next()).isEmpty();
        }
    }

    private static DeploymentQuery inTeamAndEnv(OptionalLong before) {
        Map<String, String> labels = Map.of("team", "a", "env", "b");
        return new DeploymentQuery(
                "", Set.of(), labels, Optional.empty(), Optional.empty(), before, 10, TargetPatterns.ALL);
    }

    @Test
    void deletedDeploymentLeavesNothingButItsId() throws SQLException {
        try (SqliteStorage storage = open()) {
            LogAppender log = TestStorage.newLog(storage, RequestDraft.plain().labelled(Map.of("team", "payments")))
                    .append("one\n");
            execute("INSERT INTO log_gaps VALUES (1, 4, 9, 'DISK_FULL', 1, 0)");
            storage.deployments().finish(log.id(), Outcome.ofExitStatus(0), LogAppender.NOON);

            storage.deployments().delete(log.id(), LogAppender.NOON);
            while (storage.space().reclaimSome()) {
                // there may be more
            }

            for (String table : List.of("deployments", "deployment_labels", "log_chunks", "log_gaps")) {
                assertThat(count(table)).as(table).isZero();
            }
            assertThat(query("SELECT deployment_id FROM deleted_deployments"))
                    .isEqualTo(log.id().text());
        }
    }

    @Test
    void writeAheadLogStaysBoundedUnderConstantWritingWhileOthersReadWithoutAPause() throws Exception {
        Path wal = directory.resolve("deploytail.db-wal");
        long kilobyte = 1024;
        Thresholds thresholds = new Thresholds(128 * kilobyte, 512 * kilobyte, 2048 * kilobyte);
        byte[] chunk = "x".repeat(64 * 1024).getBytes(UTF_8);
        AtomicBoolean written = new AtomicBoolean();
        ExecutorService readers = Executors.newFixedThreadPool(2);
        long largest = 0;
        try (SqliteStorage storage =
                SqliteStorage.open(file, Durability.NORMAL, writesWork::add, Tally.NONE, thresholds)) {
            LogAppender log = TestStorage.newLog(storage);
            Callable<Void> reader = () -> {
                while (!written.get()) {
                    storage.logs().read(log.id(), 0, 1 << 20);
                }
                return null;
            };
            List<Future<Void>> reading = List.of(readers.submit(reader), readers.submit(reader));
            for (int i = 0; i < 600; i++) {
                log.append(chunk);
                largest = Math.max(largest, Files.size(wal));
            }
            written.set(true);
            for (Future<Void> one : reading) {
                one.get();
            }
        } finally {
            readers.shutdownNow();
        }

        assertThat(largest).isLessThan(4 * thresholds.settle());
    }

    @Test
    void logIsWholeUpToWhereAPowerCutLeftTheWriteAheadLog() throws Exception {
        Path cut = directory.resolve("cut.db");
        Path cutWal = directory.resolve("cut.db-wal");
        Random random = new Random(1);
        try (SqliteStorage storage = open()) {
            LogAppender log = TestStorage.newLog(storage);
            for (int line = 0; line < 300; line++) {
                log.append("line " + line + " x".repeat(random.nextInt(2000)) + "\n");
            }
            Set<Long> sizes = new HashSet<>();
            for (int i = 0; i < 40; i++) {
                copy(file, cut);
                copy(Path.of(file + "-wal"), cutWal);
                try (FileChannel wal = FileChannel.open(cutWal, StandardOpenOption.WRITE)) {
                    wal.truncate(random.nextLong(wal.size()));
                }

                try (SqliteStorage left = SqliteStorage.open(cut, Durability.FULL, writesWork::add, Tally.NONE)) {
                    Optional<Deployment> deployment = left.deployments().find(log.id());
                    if (deployment.isPresent()) { // even that may be gone
                        sizes.add(checkPrefix(left, deployment.get(), log.expected()));
                    }
                }
            }
            assertThat(sizes).as("the cuts left logs of different sizes").hasSizeGreaterThan(10);
        }
    }

    /** Returns the log's size. */
    private static long checkPrefix(SqliteStorage storage, Deployment deployment, byte[] written) {
        LogExtent extent = deployment.log();
        ByteArrayOutputStream stored = new ByteArrayOutputStream();
        while (stored.size() < extent.size()) {
            stored.writeBytes(
                    storage.logs().read(deployment.id(), stored.size(), 1 << 20).bytes());
        }
        CRC32C crc = new CRC32C();
        crc.update(stored.toByteArray());
        assertThat(stored.toByteArray()).isEqualTo(Arrays.copyOf(written, stored.size()));
        assertThat(extent.crc32c()).isEqualTo((int) crc.getValue());
        LogDelta next = new LogDelta(extent.size(), LogAppender.NOON, "next".getBytes(UTF_8));
        storage.logs().append(deployment.number(), List.of(next), extent.plus(next));
        return extent.size();
    }

    /** By another process: SQLite's locks on a file end when this one closes it. */
    private static void copy(Path from, Path to) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("cp", from.toString(), to.toString())
                        .start()
                        .waitFor())
                .isZero();
    }

    private SqliteStorage open() {
        return SqliteStorage.open(file, Durability.NORMAL, writesWork::add, Tally.NONE);
    }

    private boolean nextHealth() throws InterruptedException {
        Boolean next = writesWork.poll(30, TimeUnit.SECONDS);
        assertThat(next).as("told within 30 s").isNotNull();
        return next;
    }

    private Connection connect() throws SQLException {
        return TestStorage.connect(file);
    }

    private void execute(String... sql) throws SQLException {
        TestStorage.execute(file, sql);
    }

    private String logInSql(DeploymentId id) throws SQLException {
        return query("SELECT log FROM deployment_logs WHERE deployment_id = '" + id + "'");
    }

    private long count(String table) throws SQLException {
        return Long.parseLong(query("SELECT count(*) FROM " + table));
    }

    private String query(String sql) throws SQLException {
        return TestStorage.query(file, sql);
    }

    private List<Path> filesInDirectory() throws IOException {
        return filesIn(directory);
    }

    private static List<Path> filesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
