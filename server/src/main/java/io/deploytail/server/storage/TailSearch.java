package io.deploytail.server.storage;

import java.sql.SQLException;

/**
 * Walks from the end of a log to a newline, piece by piece. What was evicted still counts its newlines, but does not say
 * where they were. Confined to one read.
 */
final class TailSearch {
    /** Both halves come in the order of an index, so the walk reads no more rows than it visits. */
    private static final String PIECES_BACKWARDS = """
            SELECT start_offset, newline_count, 0 AS is_gap FROM log_chunks WHERE deployment_no = ?1
            UNION ALL
            SELECT start_offset, newline_count, 1 FROM log_gaps WHERE deployment_no = ?1
            ORDER BY start_offset DESC""";

    private static final String BYTES = "SELECT bytes FROM log_chunks WHERE deployment_no = ? AND start_offset = ?";

    private long left;
    private long piece;
    private boolean isGap;
    private boolean isFound;

    private TailSearch(long placeFromEnd) {
        this.left = placeFromEnd;
    }

    /**
     * The offset behind a newline, which is given by its place counted from the end: the beginning of the gap if it is in
     * one, and of the log if there are fewer.
     */
    static long behindNewline(Session session, long number, long placeFromEnd) throws SQLException {
        TailSearch search = new TailSearch(placeFromEnd);
        session.walk(PIECES_BACKWARDS, row -> search.goBack(row.getLong(1), row.getLong(2), row.getBoolean(3)), number);
        if (!search.isFound) {
            return 0;
        }
        return search.isGap ? search.piece : search.piece + search.indexBehind(bytes(session, number, search.piece));
    }

    private static byte[] bytes(Session session, long number, long startOffset) throws SQLException {
        return session.first(BYTES, row -> row.getBytes(1), number, startOffset).orElseThrow();
    }

    /** Takes the next piece; returns whether to go on to the one before it. */
    private boolean goBack(long startOffset, long newlines, boolean isGap) {
        this.piece = startOffset;
        this.isGap = isGap;
        this.isFound = newlines >= left;
        if (!isFound) {
            left -= newlines;
        }
        return !isFound;
    }

    /** The index behind the newline in the bytes of the chunk where the walk ended. */
    private int indexBehind(byte[] bytes) {
        int index = bytes.length;
        for (long found = 0; found < left; index--) {
            if (bytes[index - 1] == '\n') {
                found++;
            }
        }
        return index + 1;
    }
}
