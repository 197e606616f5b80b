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
 * @param storedBytes how many bytes of it are stored; 0 if it holds no chunk
 */
record Eviction(LogGap gap, long newlines, long storedBytes) {
    /** A range, made wide enough for the gaps that touch it and are to grow. */
    private static final String WITH_GROWING_GAPS = """
            SELECT coalesce(min(min(start_offset), ?2), ?2), coalesce(max(max(end_offset), ?3), ?3)
            FROM log_gaps
            WHERE deployment_no = ?1 AND reason = 'LOG_LIMIT' AND start_offset <= ?3 AND end_offset >= ?2""";

    /** All that lies whole within a range. That is never apart: chunks and gaps follow one another. */
    private static final String WHOLE_PIECES = """
            SELECT min(start_offset) AS start_offset, max(end_offset) AS end_offset, min(is_exact) AS is_exact,
              sum(newline_count) AS newline_count, sum(stored_size) AS stored_size
            FROM (
              SELECT start_offset, start_offset + length(bytes) AS end_offset, 1 AS is_exact, newline_count,
                length(bytes) AS stored_size
              FROM log_chunks WHERE deployment_no = ?1 AND start_offset >= ?2 AND start_offset < ?3
              UNION ALL
              SELECT start_offset, end_offset, is_exact, newline_count, 0
              FROM log_gaps WHERE deployment_no = ?1 AND start_offset >= ?2 AND start_offset < ?3
            )
            WHERE end_offset <= ?3
            HAVING sum(stored_size) > 0""";

    private static final String DELETE_CHUNKS =
            "DELETE FROM log_chunks WHERE deployment_no = ? AND start_offset >= ? AND start_offset < ?";

    private static final String DELETE_GAPS =
            "DELETE FROM log_gaps WHERE deployment_no = ? AND start_offset >= ? AND start_offset < ?";

    private static final String COUNT =
            "UPDATE deployments SET log_missing_size = log_missing_size + ? WHERE deployment_no = ?";

    /** What is to be evicted between two offsets; empty if no whole chunk lies between them. */
    static Optional<Eviction> between(Session session, long number, long from, long to) throws SQLException {
        Range range = session.first(
                        WITH_GROWING_GAPS, row -> new Range(row.getLong(1), row.getLong(2)), number, from, to)
                .orElseThrow();
        return session.first(WHOLE_PIECES, Eviction::read, number, range.from(), range.to());
    }

    private static Eviction read(ResultSet row) throws SQLException {
        LogGap gap = new LogGap(
                row.getLong("start_offset"),
                row.getLong("end_offset"),
                LogGap.Reason.LOG_LIMIT,
                row.getBoolean("is_exact"));
        return new Eviction(gap, row.getLong("newline_count"), row.getLong("stored_size"));
    }

    void carryOut(Session session, long number) throws SQLException {
        session.update(DELETE_CHUNKS, number, gap.offset(), gap.end());
        session.update(DELETE_GAPS, number, gap.offset(), gap.end());
        GapRows.insert(session, number, gap, newlines);
        session.update(COUNT, storedBytes, number);
    }

    private record Range(long from, long to) {}
}
