package io.deploytail.server.storage;

import io.deploytail.server.deployment.LogGap;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** Reads and writes the gaps of a log, which have rows of their own. They never overlap. */
final class GapRows {
    private static final String LENGTHEN_LAST = """
            UPDATE log_gaps SET end_offset = ?1, is_exact = min(is_exact, ?2)
            WHERE deployment_no = ?3
              AND start_offset = (SELECT max(start_offset) FROM log_gaps WHERE deployment_no = ?3)
              AND end_offset = ?4
              AND reason = ?5""";

    private static final String INSERT = """
            INSERT INTO log_gaps (deployment_no, start_offset, end_offset, reason, is_exact, newline_count)
            VALUES (?, ?, ?, ?, ?, ?)""";

    /** The one that holds offset ?2, else the next one: never more than two rows are looked at. */
    private static final String AT_OR_BEHIND = """
            SELECT start_offset, end_offset, reason, is_exact
            FROM log_gaps
            WHERE deployment_no = ?1
              AND start_offset >= coalesce(
                (SELECT max(start_offset) FROM log_gaps WHERE deployment_no = ?1 AND start_offset <= ?2), 0)
              AND end_offset > ?2
            ORDER BY start_offset
            LIMIT 1""";

    private static final String ALL =
            "SELECT start_offset, end_offset FROM log_gaps WHERE deployment_no = ? ORDER BY start_offset";

    private GapRows() {}

    /** Stores a gap at the end of the log. One that goes on where another of the same reason ends makes that longer. */
    static int append(Session session, long number, LogGap gap) throws SQLException {
        String reason = gap.reason().name();
        int lengthened = session.update(LENGTHEN_LAST, gap.end(), gap.isExact(), number, gap.offset(), reason);
        return lengthened > 0 ? lengthened : insert(session, number, gap, 0);
    }

    static int insert(Session session, long number, LogGap gap, long newlines) throws SQLException {
        return session.update(
                INSERT, number, gap.offset(), gap.end(), gap.reason().name(), gap.isExact(), newlines);
    }

    /** The gap that holds this offset; if there is none, the next one. */
    static Optional<LogGap> atOrBehind(Session session, long number, long offset) throws SQLException {
        return session.first(AT_OR_BEHIND, GapRows::read, number, offset);
    }

    /** The offset behind the first so many stored bytes. */
    static long offsetBehindStored(Session session, long number, long bytes) throws SQLException {
        long[] offset = {bytes};
        session.walk(
                ALL,
                row -> {
                    boolean isBefore = row.getLong(1) < offset[0];
                    offset[0] += isBefore ? row.getLong(2) - row.getLong(1) : 0;
                    return isBefore;
                },
                number);
        return offset[0];
    }

    private static LogGap read(ResultSet row) throws SQLException {
        return new LogGap(
                row.getLong("start_offset"),
                row.getLong("end_offset"),
                LogGap.Reason.valueOf(row.getString("reason")),
                row.getBoolean("is_exact"));
    }
}
