package io.deploytail.server.storage;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogExtent;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.LogStore;
import io.deploytail.server.deployment.OffsetOutOfRangeException;
import java.sql.SQLException;
import java.util.HexFormat;

/** The logs in SQLite: a row for each delta. Thread-safe. */
final class SqliteLogStore implements LogStore {
    private static final String EXTEND = """
            UPDATE deployments
            SET log_size = ?, log_newline_count = ?, log_ends_in_line = ?, log_crc32c = ?
            WHERE deployment_no = ? AND log_size = ?""";

    private static final String INSERT = """
            INSERT INTO log_chunks (deployment_no, start_offset, time, newline_count, bytes)
            VALUES (?, ?, ?, ?, ?)""";

    /** The rows from the one that holds offset ?2 on, without what is before it, and at most ?3 bytes of each. */
    private static final String READ = """
            SELECT time, substr(bytes, max(?2 - start_offset, 0) + 1, ?3)
            FROM log_chunks
            WHERE deployment_no = ?1
              AND start_offset >= (
                SELECT max(start_offset) FROM log_chunks WHERE deployment_no = ?1 AND start_offset <= ?2)
            ORDER BY start_offset""";

    private static final String NEWLINES_BACKWARDS = """
            SELECT newline_count, start_offset
            FROM log_chunks
            WHERE deployment_no = ?
            ORDER BY start_offset DESC""";

    private static final String BYTES = "SELECT bytes FROM log_chunks WHERE deployment_no = ? AND start_offset = ?";

    private final WritingConnection writing;
    private final ReadingConnections reading;

    SqliteLogStore(WritingConnection writing, ReadingConnections reading) {
        this.writing = writing;
        this.reading = reading;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the log does not end where the delta begins; nothing was stored
     */
    @Override
    public void append(long number, LogDelta delta, LogExtent after) {
        String time = TimeText.of(delta.time());
        String crc32c = HexFormat.of().toHexDigits(after.crc32c());
        writing.write(delta.bytes().length, session -> {
            int extended = session.update(
                    EXTEND, after.size(), after.newlines(), after.endsInLine(), crc32c, number, delta.offset());
            if (extended == 0) {
                throw new IllegalStateException("the log of deployment " + number + " does not end at " + delta.offset()
                        + ", where the delta begins");
            }
            return session.update(INSERT, number, delta.offset(), time, delta.newlines(), delta.bytes());
        });
    }

    @Override
    public LogSlice read(DeploymentId id, long offset, int maxBytes) {
        return reading.read(session -> {
            Deployment deployment = DeploymentRows.existing(session, id);
            long size = deployment.log().size();
            if (offset > size) {
                throw new OffsetOutOfRangeException(offset, size);
            }
            SliceAssembly slice = new SliceAssembly(deployment, offset, maxBytes);
            if (offset < size) {
                session.walk(
                        READ,
                        row -> slice.add(row.getString(1), row.getBytes(2)),
                        deployment.number(),
                        offset,
                        maxBytes);
            }
            return slice.finish();
        });
    }

    @Override
    public long tailOffset(DeploymentId id, long lines) {
        return reading.read(session -> {
            Deployment deployment = DeploymentRows.existing(session, id);
            LogExtent log = deployment.log();
            if (lines == 0) {
                return log.size();
            }
            if (lines >= log.lineCount()) {
                return 0L;
            }
            long newlinesWithin = log.endsInLine() ? lines - 1 : lines;
            return behindNewline(session, deployment.number(), newlinesWithin + 1);
        });
    }

    /** The offset behind a newline, which is given by its place counted from the end, and exists. */
    private static long behindNewline(Session session, long number, long placeFromEnd) throws SQLException {
        NewlineSearch search = new NewlineSearch(placeFromEnd);
        session.walk(NEWLINES_BACKWARDS, row -> search.goBack(row.getInt(1), row.getLong(2)), number);
        byte[] bytes = session.first(BYTES, row -> row.getBytes(1), number, search.chunk)
                .orElseThrow();
        return search.chunk + search.indexBehind(bytes);
    }

    /** Walks from the end of a log to a newline, chunk by chunk. Confined to one read. */
    private static final class NewlineSearch {
        private long left;
        private long chunk;

        NewlineSearch(long placeFromEnd) {
            this.left = placeFromEnd;
        }

        /** Takes the next chunk; returns whether to go on to the one before it. */
        boolean goBack(int newlines, long startOffset) {
            chunk = startOffset;
            if (newlines >= left) {
                return false;
            }
            left -= newlines;
            return true;
        }

        /** The index behind the newline in the bytes of the chunk where the walk ended. */
        int indexBehind(byte[] bytes) {
            int index = bytes.length;
            for (long found = 0; found < left; index--) {
                if (bytes[index - 1] == '\n') {
                    found++;
                }
            }
            return index + 1;
        }
    }
}
