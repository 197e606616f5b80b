package io.deploytail.server.storage;

import io.deploytail.server.deployment.LogGap;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * What is taken out of a log: a run of chunks, with the gaps among and beside them, and the one gap that takes their
 * place.
 *
 * @param gap the new gap
 * @param newlines how many newlines are in it, as far as that is known
 * @param storedBytes how many bytes of it are stored
 */
record Eviction(LogGap gap, long newlines, long storedBytes) {
    /** The first chunk from an offset on, and all that begin less than so many bytes behind that. */
    private static final String CHUNKS = """
            SELECT min(start_offset) AS start_offset, max(start_offset + length(bytes)) AS end_offset,
              sum(newline_count) AS newline_count, sum(length(bytes)) AS stored_size
            FROM log_chunks
            WHERE deployment_no = ?1
              AND start_offset >= ?2
              AND start_offset < ?3 + (
                SELECT min(start_offset) FROM log_chunks WHERE deployment_no = ?1 AND start_offset >= ?2)
            HAVING count(*) > 0""";

    /** The gaps from an offset to the end of such chunks, and one for the same reason that follows. */
    private static final String GAPS = """
            SELECT min(start_offset) AS start_offset, max(end_offset) AS end_offset, min(is_exact) AS is_exact,
              sum(newline_count) AS newline_count
            FROM log_gaps
            WHERE deployment_no = ?1
              AND start_offset >= ?2
              AND (start_offset < ?3 OR start_offset = ?3 AND reason = 'LOG_LIMIT')
            HAVING count(*) > 0""";

    private static final String DELETE_CHUNKS =
            "DELETE FROM log_chunks WHERE deployment_no = ? AND start_offset >= ? AND start_offset < ?";

    private static final String DELETE_GAPS =
            "DELETE FROM log_gaps WHERE deployment_no = ? AND start_offset >= ? AND start_offset < ?";

    private static final String COUNT =
            "UPDATE deployments SET log_missing_size = log_missing_size + ? WHERE deployment_no = ?";

    /** What is to be evicted from an offset on, about so many bytes; empty if no chunk begins there or behind. */
    static Optional<Eviction> from(Session session, long number, long from, long bytes) throws SQLException {
        Optional<Eviction> chunks = session.first(CHUNKS, Eviction::ofChunks, number, from, bytes);
        if (chunks.isEmpty()) {
            return chunks;
        }
        Eviction alone = chunks.get();
        return session.first(GAPS, alone::withGaps, number, from, alone.gap.end())
                .or(() -> chunks);
    }

    private static Eviction ofChunks(ResultSet row) throws SQLException {
        LogGap gap = new LogGap(row.getLong("start_offset"), row.getLong("end_offset"), LogGap.Reason.LOG_LIMIT, true);
        return new Eviction(gap, row.getLong("newline_count"), row.getLong("stored_size"));
    }

    private Eviction withGaps(ResultSet row) throws SQLException {
        LogGap wider = new LogGap(
                Math.min(gap.offset(), row.getLong("start_offset")),
                Math.max(gap.end(), row.getLong("end_offset")),
                LogGap.Reason.LOG_LIMIT,
                row.getBoolean("is_exact"));
        return new Eviction(wider, newlines + row.getLong("newline_count"), storedBytes);
    }

    void carryOut(Session session, long number) throws SQLException {
        session.update(DELETE_CHUNKS, number, gap.offset(), gap.end());
        session.update(DELETE_GAPS, number, gap.offset(), gap.end());
        GapRows.insert(session, number, gap, newlines);
        session.update(COUNT, storedBytes, number);
    }
}
