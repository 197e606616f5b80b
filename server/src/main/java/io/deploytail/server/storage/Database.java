package io.deploytail.server.storage;

import io.deploytail.server.deployment.StorageException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteDataSource;

/**
 * The database file, readable by its owner only, with the newest schema; it opens connections to it. SQLite gives the
 * file's mode to the {@code -wal} and {@code -shm} files beside it.
 *
 * <p>Thread-safe.
 */
final class Database {
    private static final Logger logger = LoggerFactory.getLogger(Database.class);

    private static final int BUSY_TIMEOUT_MS = 500;
    private static final int CHECKPOINT_BUSY_TIMEOUT_MS = 50;
    private static final int WRITER_CACHE_KIB = 8 << 10;
    private static final int KEPT_WAL_BYTES = 32 << 20;

    /** Takes a few seconds at the start, and as much free space again for that time. */
    private static final long MAX_CONVERTED_BYTES = 256 << 20;

    private static final String AUTO_VACUUM = "PRAGMA auto_vacuum";
    private static final int INCREMENTAL = 2;
    private static final String CONVERT = "PRAGMA auto_vacuum = INCREMENTAL; VACUUM";

    private final String url;
    private final SynchronousMode synchronous;

    private Database(String url, SynchronousMode synchronous) {
        this.url = url;
        this.synchronous = synchronous;
    }

    /**
     * Opens the file, makes it if it does not exist, and brings its schema up to date.
     *
     * @throws NewerSchemaException if a newer server has changed the schema
     * @throws StorageException if it can't be opened, or is not ours
     */
    static Database open(Path file, Durability durability) {
        return open(file, durability, MAX_CONVERTED_BYTES);
    }

    static Database open(Path file, Durability durability, long maxConvertedBytes) {
        SynchronousMode synchronous = switch (durability) {
            case NORMAL -> SynchronousMode.NORMAL;
            case FULL -> SynchronousMode.FULL;
        };
        SqliteLibrary.preferUnpacked();
        Database database = new Database("jdbc:sqlite:" + file.toAbsolutePath(), synchronous);
        try {
            createForOwner(file);
            database.migrate(file);
            database.makeShrinkable(file, maxConvertedBytes);
            return database;
        } catch (IOException | SQLException | FlywayException e) {
            throw new StorageException("could not open the database " + file, e);
        }
    }

    private static void createForOwner(Path file) throws IOException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // its owner has chosen its mode
        }
    }

    private void migrate(Path file) throws SQLException {
        SQLiteDataSource dataSource = new SQLiteDataSource();
        dataSource.setUrl(url);
        Flyway flyway = Flyway.configure()
                .dataSource(dataSource)
                .locations("classpath:db/migration")
                .failOnMissingLocations(true)
                .load();
        refuseNewerSchema(file, flyway);
        flyway.migrate();
    }

    private void refuseNewerSchema(Path file, Flyway flyway) throws SQLException {
        if (Files.notExists(Path.of(file + "-wal"))) {
            refuseNewer(file, flyway.info().applied());
            return;
        }
        // The last connection to close, of those that have read, moves the write-ahead log into the file; this can't.
        try (Session last = openForReading()) {
            last.first("SELECT count(*) FROM sqlite_schema", row -> row.getInt(1));
            refuseNewer(file, flyway.info().applied());
        }
    }

    private static void refuseNewer(Path file, MigrationInfo[] applied) {
        for (MigrationInfo migration : applied) {
            // Flyway takes a migration that it does not know for a newer one, and would go on.
            if (!migration.getState().isResolved()) {
                throw new NewerSchemaException(file, String.valueOf(migration.getVersion()));
            }
        }
    }

    /**
     * Makes the file one that can give space back, which takes writing it anew. So a large one, of a version that could
     * not delete, stays as it is: what is deleted there is used again.
     */
    private void makeShrinkable(Path file, long maxConvertedBytes) throws SQLException, IOException {
        try (Session session = openForWriting()) {
            if (session.first(AUTO_VACUUM, row -> row.getInt(1)).orElseThrow() == INCREMENTAL) {
                return;
            }
            String why = "as it is larger than " + (maxConvertedBytes >> 20) + " MiB";
            if (Files.size(file) <= maxConvertedBytes) {
                try {
                    session.execute(CONVERT);
                    return;
                } catch (SQLException e) {
                    why = "as that has failed (" + e.getMessage() + ")";
                }
            }
            logger.warn(
                    "the database file does not become smaller when deployments are deleted: it was made by an earlier"
                            + " version and was not converted, {}. To do it, stop the server and run: sqlite3 {} '{}'",
                    why,
                    file.toAbsolutePath(),
                    CONVERT);
        }
    }

    /**
     * A connection that writes.
     *
     * <p>WAL, so that readers and the writer do not wait for each other. Synchronous as the operator chose: with NORMAL,
     * what is committed survives the end of the process at any moment, and the file survives a power cut, which may take
     * the last commits; FULL waits for the disk at each commit (150 to 190 us instead of 10 to 30, and milliseconds on a
     * slow disk). No automatic
     * checkpoint, which would stop some commit for 8 ms and more: see {@link Checkpoints}. The page size stays at 4 KiB,
     * as larger pages are up to a quarter faster for large chunks but double a file of short lines. The cache holds the
     * largest group commit, so that none spills into the WAL before its end. Nothing is mapped into memory: a disk error
     * there would kill the server.
     */
    Session openForWriting() throws SQLException {
        SQLiteConfig config = config(BUSY_TIMEOUT_MS);
        config.setJournalMode(JournalMode.WAL);
        config.setSynchronous(synchronous);
        config.setWalAutocheckpoint(0);
        config.setJournalSizeLimit(KEPT_WAL_BYTES); // what a WAL had to grow beyond this, it gives back
        config.setCacheSize(-WRITER_CACHE_KIB);
        // Or deleting a deployment would take its whole log along within one transaction, and each append would look
        // its
        // deployment up once more. Whoever deletes one also deletes what belongs to it.
        config.enforceForeignKeys(false);
        return open(config);
    }

    /** A connection that can't write. */
    Session openForReading() throws SQLException {
        SQLiteConfig config = config(BUSY_TIMEOUT_MS);
        config.setReadOnly(true);
        return open(config);
    }

    /** A connection for checkpoints only, which does not wait long for readers. */
    Session openForCheckpoints() throws SQLException {
        SQLiteConfig config = config(CHECKPOINT_BUSY_TIMEOUT_MS);
        config.setSynchronous(synchronous);
        return open(config);
    }

    private static SQLiteConfig config(int busyTimeoutMs) {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(busyTimeoutMs);
        config.setGetGeneratedKeys(false); // would cost a further statement per insert
        return config;
    }

    private Session open(SQLiteConfig config) throws SQLException {
        return new Session(config.createConnection(url));
    }
}
