package io.deploytail.server.storage;

import io.deploytail.server.deployment.AuditEntry;
import io.deploytail.server.deployment.AuditTrail;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentStore;
import io.deploytail.server.deployment.EndNotices;
import io.deploytail.server.deployment.LogStore;
import io.deploytail.server.deployment.StorageException;
import io.deploytail.server.deployment.StorageSpace;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.storage.Checkpoints.Thresholds;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Deployments and their logs in one SQLite file.
 *
 * <p>What is committed survives the end of the process at any moment. A power cut may take the last commits, but leaves
 * a sound file. Only one process may use it as storage at a time; any number may read it.
 *
 * <p>Thread-safe.
 */
public final class SqliteStorage implements AutoCloseable {
    private static final int MIN_READERS = 4;

    private final Path databaseFile;
    private final Checkpoints checkpoints;
    private final WritingConnection writing;
    private final ReadingConnections reading;
    private final Tally tally;

    private SqliteStorage(
            Path databaseFile,
            Checkpoints checkpoints,
            WritingConnection writing,
            ReadingConnections reading,
            Tally tally) {
        this.databaseFile = databaseFile;
        this.checkpoints = checkpoints;
        this.writing = writing;
        this.reading = reading;
        this.tally = tally;
    }

    /**
     * Opens the database, makes it if it does not exist, readable by its owner only, and brings its schema up to date.
     *
     * @param durability what a commit outlives
     * @param writesWork told {@code false} once when writes begin to fail and {@code true} once when they work again,
     *     which is noticed even if nobody writes; on any thread, under no lock; it must return soon and not throw
     * @param tally told of what is committed
     * @throws NewerSchemaException if a newer server has changed its schema; nothing was touched then
     * @throws StorageException if it can't be opened
     */
    public static SqliteStorage open(
            Path databaseFile, Durability durability, Consumer<Boolean> writesWork, Tally tally) {
        return open(databaseFile, durability, writesWork, tally, Thresholds.DEFAULT);
    }

    static SqliteStorage open(
            Path databaseFile,
            Durability durability,
            Consumer<Boolean> writesWork,
            Tally tally,
            Thresholds thresholds) {
        return over(Database.open(databaseFile, durability), databaseFile, writesWork, tally, thresholds);
    }

    static SqliteStorage over(
            Database database, Path databaseFile, Consumer<Boolean> writesWork, Tally tally, Thresholds thresholds) {
        int readers = Math.max(MIN_READERS, Runtime.getRuntime().availableProcessors());
        ReentrantLock lock = WritingConnection.newLock();
        try {
            Session writer = database.openForWriting();
            try {
                Checkpoints checkpoints = new Checkpoints(database.openForCheckpoints(), lock, thresholds);
                return new SqliteStorage(
                        databaseFile,
                        checkpoints,
                        new WritingConnection(writer, lock, checkpoints, writesWork, tally),
                        new ReadingConnections(database, readers),
                        tally);
            } catch (SQLException e) {
                writer.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new StorageException("could not open the database " + databaseFile, e);
        }
    }

    /** The record of all deployments. Usable until this is closed. */
    public DeploymentStore deployments() {
        return deployments(Optional.empty(), entry -> {});
    }

    /**
     * The record of all deployments. Usable until this is closed.
     *
     * @param noticeOfEnd makes of each end that is recorded here what is added to the {@link #endNotices}, a line without
     *     its end, and is quick; empty if nothing is
     * @param audit told of each entry of the audit log that is committed here; must be quick
     */
    public DeploymentStore deployments(Optional<Function<Deployment, String>> noticeOfEnd, Consumer<AuditEntry> audit) {
        return new SqliteDeploymentStore(writing, reading, tally, noticeOfEnd, audit);
    }

    /**
     * The audit log, for what is no change of a deployment. Usable until this is closed.
     *
     * @param executor writes it; may block on storage
     * @param listener told of each entry; must be quick
     */
    public AuditTrail audit(Executor executor, Consumer<AuditEntry> listener) {
        return new SqliteAuditTrail(writing, executor, listener);
    }

    /** The ends that are still to be told. Usable until this is closed. */
    public EndNotices endNotices() {
        return new SqliteEndNotices(writing, reading);
    }

    /** The logs of all deployments. Usable until this is closed. */
    public LogStore logs() {
        return new SqliteLogStore(writing, reading);
    }

    /** The space that both take. Usable until this is closed. */
    public StorageSpace space() {
        return new SqliteSpace(databaseFile, writing, reading, checkpoints);
    }

    /** Finishes what is under way, moves all of it into the one file, and closes it. Later calls fail. */
    @Override
    public void close() {
        writing.close();
        reading.close();
        checkpoints.close();
    }
}
