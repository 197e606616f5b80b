package io.deploytail.server.storage;

import io.deploytail.server.deployment.StorageException;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.SynchronousMode;

/** A copy of the database as it is at one moment, also while a server uses it. */
public final class Backup {
    /** A server that opens or closes the database at the moment has it to itself for longer than it does otherwise. */
    private static final int BUSY_TIMEOUT_MS = 10_000;

    private Backup() {}

    /**
     * Makes the copy, which is its owner's only, and returns once the disk has it. The server goes on meanwhile, and what
     * it commits is not in the copy; its write-ahead log grows until this is done.
     *
     * <p>It is SQLite's {@code VACUUM INTO}: the other way, the backup API, begins anew whenever somebody commits.
     *
     * @throws NoSuchFileException if there is no such database, or no directory for the copy
     * @throws FileAlreadyExistsException if there is something where the copy is to be
     * @throws StorageException if the database can't be read, or the copy not be written: nothing is left of it
     */
    public static void make(Path database, Path copy) throws IOException {
        if (Files.notExists(database)) {
            throw new NoSuchFileException(database.toString());
        }
        if (Files.exists(copy)) {
            throw new FileAlreadyExistsException(copy.toString());
        }
        Path directory = copy.toAbsolutePath().resolveSibling("");
        if (Files.notExists(directory)) {
            throw new NoSuchFileException(directory.toString());
        }
        // Its owner's only, as all that this makes.
        Path unfinished = Files.createTempFile(directory, copy.getFileName() + ".", ".unfinished");
        unfinished.toFile().deleteOnExit(); // also if a signal ends the program
        new File(unfinished + "-journal").deleteOnExit(); // SQLite's
        try {
            vacuumInto(database, unfinished);
            Files.move(unfinished, copy);
            force(directory);
        } catch (SQLException e) {
            throw new StorageException("cannot copy " + database + " to " + copy, e);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static void vacuumInto(Path database, Path copy) throws SQLException {
        SqliteLibrary.preferUnpacked();
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout(BUSY_TIMEOUT_MS);
        config.setSynchronous(SynchronousMode.FULL);
        try (Session session = new Session(config.createConnection("jdbc:sqlite:" + database.toAbsolutePath()))) {
            session.update("VACUUM INTO ?", copy.toAbsolutePath().toString());
        }
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
