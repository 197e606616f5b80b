package io.deploytail.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.deploytail.server.deployment.StorageException;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.storage.Checkpoints.Thresholds;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritingConnectionTest {
    private static final int NO_LOG_BYTES = 0;

    private final BlockingQueue<Boolean> told = new LinkedBlockingQueue<>();
    private Database database;
    private Checkpoints checkpoints;
    private WritingConnection writing;
    private ReadingConnections reading;

    @BeforeEach
    void open(@TempDir Path directory) throws SQLException {
        database = Database.open(directory.resolve("test.db"), Durability.NORMAL);
        ReentrantLock lock = WritingConnection.newLock();
        checkpoints = new Checkpoints(database.openForCheckpoints(), lock, Thresholds.DEFAULT);
        writing = new WritingConnection(database.openForWriting(), lock, checkpoints, told::add, Tally.NONE);
        reading = new ReadingConnections(database, 1);
        writing.write(session -> session.update("CREATE TABLE notes (note TEXT NOT NULL)"));
    }

    @AfterEach
    void close() {
        writing.close();
        reading.close();
        checkpoints.close();
    }

    @Test
    void changesThatWaitTogetherAreCommittedTogether() {
        Ticket<Integer> one = writing.enqueue(NO_LOG_BYTES, note("one"));
        Ticket<List<String>> seenByOthers = writing.enqueue(NO_LOG_BYTES, session -> notes());
        Ticket<Integer> two = writing.enqueue(NO_LOG_BYTES, note("two"));

        writing.await(two);

        assertThat(writing.await(seenByOthers)).isEmpty();
        assertThat(writing.await(one)).isEqualTo(1);
        assertThat(notes()).containsExactly("one", "two");
    }

    @Test
    void groupEndsAtAMebibyteOfLog() {
        int mebibyte = 1 << 20;
        writing.enqueue(mebibyte / 2, note("one"));
        Ticket<Integer> two = writing.enqueue(mebibyte / 2, note("two"));
        Ticket<List<String>> nextGroup = writing.enqueue(NO_LOG_BYTES, session -> notes());

        writing.await(two);
        assertThat(nextGroup.isDone()).isFalse();

        assertThat(writing.await(nextGroup)).containsExactly("one", "two");
    }

    @Test
    void changeThatThrowsLeavesNothingBehindAndHarmsNoOther() {
        Ticket<Integer> one = writing.enqueue(NO_LOG_BYTES, note("one"));
        Ticket<Integer> refusing = writing.enqueue(NO_LOG_BYTES, session -> {
            session.update("INSERT INTO notes VALUES ('never')");
            throw new IllegalArgumentException("refused");
        });
        Ticket<Integer> two = writing.enqueue(NO_LOG_BYTES, note("two"));

        writing.await(one);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> writing.await(refusing))
                .withMessage("refused");
        writing.await(two);
        assertThat(notes()).containsExactly("one", "two");
        assertThat(told).isEmpty();
    }

    @Test
    void failedTransactionFailsEveryChangeInItAndStoresNone() {
        Ticket<Integer> one = writing.enqueue(NO_LOG_BYTES, note("one"));
        Ticket<Integer> failing = writing.enqueue(NO_LOG_BYTES, session -> session.update("INSERT INTO nowhere"));

        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> writing.await(one))
                .withCauseInstanceOf(SQLException.class);
        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> writing.await(failing));
        assertThat(notes()).isEmpty();
    }

    @Test
    void fullDiskFailsTheWriteAndLaterWritesWorkAgain() {
        long pages = pages();
        limitPages(pages);

        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> writing.write(note("long ".repeat(10_000))));
        assertThat(notes()).isEmpty();

        limitPages(pages + 100);
        writing.write(note("long ".repeat(10_000)));
        assertThat(notes()).hasSize(1);
        assertThat(told).containsExactly(false, true);
    }

    @Test
    void writesWorkAgainOnlyWhenAsMuchCanBeWrittenAsHadFailed() throws Exception {
        int logBytes = 64 << 10;
        long pages = pages();
        limitPages(pages);
        assertThatExceptionOfType(StorageException.class)
                .isThrownBy(() -> writing.write(logBytes, note("x".repeat(logBytes))));

        writing.write(note("short"));
        assertThat(told).containsExactly(false);

        limitPages(pages + 300);
        assertThat(told.poll()).isFalse();
        assertThat(told.poll(30, TimeUnit.SECONDS)).isTrue();
        assertThat(notes()).containsExactly("short");
        assertThat(count("write_probes")).isZero();
    }

    @Test
    void housekeepingFailsAloneAndSaysNothingAboutTheHealth() {
        long pages = pages();
        limitPages(pages);
        Work<Integer> tooLong = note("long ".repeat(10_000));

        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> writing.writeApart(1, tooLong));
        assertThat(told).as("others can still write").isEmpty();

        assertThatExceptionOfType(StorageException.class).isThrownBy(() -> writing.write(tooLong));
        writing.writeApart(1, note("short"));
        writing.writeApart(1, note("short"));
        assertThat(told).as("that is too little to be told").containsExactly(false);
        assertThat(notes()).containsExactly("short", "short");
    }

    @Test
    void writesGoOnThoughNoCheckpointCanBegin() throws SQLException {
        ExecutorService full = Executors.newSingleThreadExecutor();
        full.shutdown(); // it takes nothing
        ReentrantLock lock = WritingConnection.newLock();
        Thresholds thresholds = new Thresholds(1, 2, 4);
        Checkpoints none = new Checkpoints(database.openForCheckpoints(), lock, thresholds, full);
        try (WritingConnection other =
                new WritingConnection(database.openForWriting(), lock, none, told::add, Tally.NONE)) {
            other.write(note("one"));
            other.write(note("two"));
        }
        none.close();

        assertThat(notes()).containsExactly("one", "two");
        assertThat(told).isEmpty();
    }

    @Test
    void closeCommitsWhatWaits() {
        Ticket<Integer> one = writing.enqueue(NO_LOG_BYTES, note("one"));

        writing.close();

        assertThat(writing.await(one)).isEqualTo(1);
        assertThat(notes()).containsExactly("one");
    }

    private static Work<Integer> note(String text) {
        return session -> session.update("INSERT INTO notes VALUES (?)", text);
    }

    private List<String> notes() {
        return reading.read(session -> session.all("SELECT note FROM notes", row -> row.getString(1)));
    }

    private int count(String table) {
        return reading.read(session -> session.first("SELECT count(*) FROM " + table, row -> row.getInt(1)))
                .orElseThrow();
    }

    private long pages() {
        return writing.write(session -> session.first("PRAGMA page_count", row -> row.getLong(1)))
                .orElseThrow();
    }

    private void limitPages(long pages) {
        writing.write(session -> session.first("PRAGMA max_page_count = " + pages, row -> row.getLong(1)));
    }
}
