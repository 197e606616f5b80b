package io.deploytail.server.storage;

import io.deploytail.server.deployment.StorageException;
import io.deploytail.server.deployment.StorageSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The pages of the database file. Freed in steps of about a millisecond, with the writing connection given away between
 * them; each is durable, so that a restart goes on where the last one ended.
 *
 * <p>A log goes from its end to its beginning, and what it has freed is given back, all but some, before more of it goes.
 * The other way round, or all of it first, pages that are about to go themselves would be moved to the front of the
 * file, and SQLite would search long lists of free pages for each that it moves.
 *
 * <p>Thread-safe.
 */
final class SqliteSpace implements StorageSpace {
    private static final String USED = """
            SELECT (page_count - freelist_count) * page_size
            FROM pragma_page_count, pragma_freelist_count, pragma_page_size""";

    private static final String CAN_SHRINK = "SELECT auto_vacuum = 2 FROM pragma_auto_vacuum"; // 2 is INCREMENTAL
    private static final String FREE_PAGES = "PRAGMA freelist_count";
    private static final String SIZE = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";

    private static final String TO_PURGE = """
            SELECT deployment_no FROM deleted_deployments WHERE is_purged = 0 ORDER BY deployment_no LIMIT 1""";

    private static final String PURGED = "UPDATE deleted_deployments SET is_purged = 1 WHERE deployment_no = ?";

    private static final String CHUNKS_BACKWARDS = """
            SELECT start_offset, length(bytes) FROM log_chunks WHERE deployment_no = ? ORDER BY start_offset DESC""";

    private static final String DELETE_CHUNKS = "DELETE FROM log_chunks WHERE deployment_no = ? AND start_offset >= ?";
    private static final String DELETE_GAPS = "DELETE FROM log_gaps WHERE deployment_no = ? AND start_offset >= ?";

    private static final long STEP_NANOS = 1_000_000;
    private static final long STEP_WAL_BYTES = 128 << 10; // roughly
    private static final int BATCH_ROWS = 100;
    private static final int BATCH_BYTES = 256 << 10;
    private static final int SHRUNK_PAGES = 16;
    private static final int KEPT_FREE_PAGES = 256;

    /** The file is cut while writing pauses, and to cut it takes the file system long: about a millisecond for 2 MB. */
    private static final long CUT_BYTES = 2 << 20;

    /**
     * What others have written at the file's end is moved into free pages, and soon lies at the end again: the more are
     * free, the further away it goes and the less often. But the longer SQLite searches for each page that it cuts off.
     */
    private static final int FREE_PAGES_WHILE_PURGING = 4096;

    private static final String SHRINK = "PRAGMA incremental_vacuum(" + SHRUNK_PAGES + ")";

    private final Path file;
    private final WritingConnection writing;
    private final ReadingConnections reading;
    private final Checkpoints checkpoints;

    SqliteSpace(Path file, WritingConnection writing, ReadingConnections reading, Checkpoints checkpoints) {
        this.file = file;
        this.writing = writing;
        this.reading = reading;
        this.checkpoints = checkpoints;
    }

    @Override
    public long usedBytes() {
        return reading.read(
                session -> session.first(USED, row -> row.getLong(1)).orElseThrow());
    }

    @Override
    public long fileBytes() {
        try {
            Path wal = Path.of(file + "-wal");
            return Files.size(file) + (Files.exists(wal) ? Files.size(wal) : 0);
        } catch (IOException e) {
            throw new StorageException("could not read the size of the database's files", e);
        }
    }

    @Override
    public boolean reclaimSome() {
        boolean mayHaveMore = writing.writeApart(STEP_WAL_BYTES, SqliteSpace::reclaimSome);
        if (excessBytes() > (mayHaveMore ? CUT_BYTES : 0)) {
            checkpoints.finishSoon();
        }
        return mayHaveMore;
    }

    /** How much longer the file is than the database: that has become smaller in the write-ahead log only. */
    private long excessBytes() {
        long size = reading.read(
                session -> session.first(SIZE, row -> row.getLong(1)).orElseThrow());
        try {
            return Files.size(file) - size;
        } catch (IOException e) {
            throw new StorageException("could not read the size of the database file", e);
        }
    }

    /** Does this and that for about a millisecond; returns whether there may be more. */
    private static boolean reclaimSome(Session session) throws SQLException {
        boolean canShrink = session.first(CAN_SHRINK, row -> row.getBoolean(1)).orElseThrow();
        long end = System.nanoTime() + STEP_NANOS;
        boolean hasDoneSome = true;
        while (hasDoneSome && System.nanoTime() - end < 0) {
            Optional<Long> toPurge = session.first(TO_PURGE, row -> row.getLong(1));
            int keptFree = toPurge.isPresent() ? FREE_PAGES_WHILE_PURGING : KEPT_FREE_PAGES;
            hasDoneSome = canShrink && shrinkSome(session, keptFree);
            if (!hasDoneSome && toPurge.isPresent()) {
                purgeSome(session, toPurge.get());
                hasDoneSome = true;
            }
        }
        return hasDoneSome;
    }

    private static boolean shrinkSome(Session session, int keptFree) throws SQLException {
        long free = session.first(FREE_PAGES, row -> row.getLong(1)).orElseThrow();
        if (free <= keptFree) {
            return false;
        }
        session.execute(SHRINK);
        return session.first(FREE_PAGES, row -> row.getLong(1)).orElseThrow() < free;
    }

    private static void purgeSome(Session session, long number) throws SQLException {
        Batch batch = new Batch();
        session.walk(CHUNKS_BACKWARDS, row -> batch.add(row.getLong(1), row.getInt(2)), number);
        long from = batch.isFull() ? batch.start : 0;
        session.update(DELETE_CHUNKS, number, from);
        session.update(DELETE_GAPS, number, from);
        if (from == 0) {
            session.update(PURGED, number);
        }
    }

    /** The last chunks of a log, as many as are deleted in one go. Confined to that. */
    private static final class Batch {
        private long start;
        private int rows;
        private long bytes;

        /** Takes the next chunk towards the beginning; returns whether to go on. */
        boolean add(long startOffset, int length) {
            start = startOffset;
            rows++;
            bytes += length;
            return !isFull();
        }

        boolean isFull() {
            return rows >= BATCH_ROWS || bytes >= BATCH_BYTES;
        }
    }
}
