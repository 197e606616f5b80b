package io.deploytail.server.storage;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogExtent;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.LogStore;
import io.deploytail.server.deployment.OffsetOutOfRangeException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The logs in SQLite: a row for each delta, and for each gap. Thread-safe. */
final class SqliteLogStore implements LogStore {
    private static final String EXTEND = """
            UPDATE deployments
            SET log_size = ?, log_newline_count = ?, log_ends_in_line = ?, log_crc32c = ?
            WHERE deployment_no = ? AND log_size = ?""";

    private static final String EXTEND_BY_GAP = """
            UPDATE deployments
            SET log_size = ?, log_newline_count = ?, log_ends_in_line = ?, log_crc32c = ?, log_missing_size = ?
            WHERE deployment_no = ? AND log_size = ?""";

    private static final String INSERT = """
            INSERT INTO log_chunks (deployment_no, start_offset, time, newline_count, bytes)
            VALUES (?, ?, ?, ?, ?)""";

    /**
     * The row that holds offset ?2, without what is before it, and those behind it, as far as they fit whole into ?3
     * bytes: for a part of one more, SQLite would have to read all of it, and again for the next slice. But where that
     * one begins within 4 bytes, what fits of it is read, or a character could be cut.
     */
    private static final String READ = """
            SELECT time, iif(
              start_offset >= ?2 AND start_offset + length(bytes) <= ?2 + ?3, bytes,
              substr(bytes, max(?2 - start_offset, 0) + 1, ?3 - max(start_offset - ?2, 0)))
            FROM log_chunks
            WHERE deployment_no = ?1
              AND start_offset >= (
                SELECT max(start_offset) FROM log_chunks WHERE deployment_no = ?1 AND start_offset <= ?2)
              AND start_offset < ?2 + ?3
              AND (start_offset < ?2 + 4 OR start_offset + length(bytes) <= ?2 + ?3)
            ORDER BY start_offset""";

    private static final String NEWLINES_FROM = """
            SELECT total(newline_count) FROM (
              SELECT newline_count FROM log_chunks WHERE deployment_no = ?1 AND start_offset >= ?2
              UNION ALL
              SELECT newline_count FROM log_gaps WHERE deployment_no = ?1 AND start_offset >= ?2)""";

    /** What lies at or behind offset ?2 of the chunk that begins before it. */
    private static final String REST_OF_CHUNK = """
            SELECT substr(bytes, ?2 - start_offset + 1) FROM log_chunks
            WHERE deployment_no = ?1
              AND start_offset = (
                SELECT max(start_offset) FROM log_chunks WHERE deployment_no = ?1 AND start_offset < ?2)
              AND start_offset + length(bytes) > ?2""";

    private final WritingConnection writing;
    private final ReadingConnections reading;

    SqliteLogStore(WritingConnection writing, ReadingConnections reading) {
        this.writing = writing;
        this.reading = reading;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the log does not end where the first delta begins; nothing was stored
     */
    @Override
    public void append(long number, List<LogDelta> deltas, LogExtent after) {
        long offset = deltas.get(0).offset();
        String crc32c = HexFormat.of().toHexDigits(after.crc32c());
        writing.write((int) (after.size() - offset), session -> {
            int extended =
                    session.update(EXTEND, after.size(), after.newlines(), after.endsInLine(), crc32c, number, offset);
            requireExtended(extended, number, offset);
            for (LogDelta delta : deltas) {
                String time = TimeText.of(delta.time());
                session.update(INSERT, number, delta.offset(), time, delta.newlines(), delta.bytes());
            }
            return extended;
        });
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if the log does not end where the gap begins; nothing was stored
     */
    @Override
    public void append(long number, LogGap gap, LogExtent after) {
        String crc32c = HexFormat.of().toHexDigits(after.crc32c());
        writing.write(session -> {
            int extended = session.update(
                    EXTEND_BY_GAP,
                    after.size(),
                    after.newlines(),
                    after.endsInLine(),
                    crc32c,
                    after.missing(),
                    number,
                    gap.offset());
            requireExtended(extended, number, gap.offset());
            return GapRows.append(session, number, gap);
        });
    }

    private static void requireExtended(int extended, long number, long offset) {
        if (extended == 0) {
            throw new IllegalStateException("the log of deployment " + number + " does not end at " + offset);
        }
    }

    @Override
    public LogExtent evict(long number, long beginning, long bytes) {
        return writing.write(session -> {
            long from = GapRows.offsetBehindStored(session, number, beginning);
            Optional<Eviction> eviction = Eviction.from(session, number, from, bytes);
            if (eviction.isPresent()) {
                eviction.get().carryOut(session, number);
            }
            return DeploymentRows.get(session, number).log();
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
            Optional<LogGap> gap = deployment.log().missing() > 0
                    ? GapRows.atOrBehind(session, deployment.number(), offset)
                    : Optional.empty();
            if (gap.isPresent() && gap.get().offset() <= offset) {
                return new LogSlice(deployment, gap.get().from(offset));
            }
            long end = gap.map(LogGap::offset).orElse(size);
            int wanted = (int) Math.min(maxBytes, end - offset);
            SliceAssembly slice = new SliceAssembly(deployment, offset, end, wanted);
            if (wanted > 0) {
                session.walk(
                        READ, row -> slice.add(row.getString(1), row.getBytes(2)), deployment.number(), offset, wanted);
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
            return TailSearch.behindNewline(session, deployment.number(), newlinesWithin + 1);
        });
    }

    @Override
    public long lineOffset(DeploymentId id, long line) {
        return reading.read(session -> {
            Deployment deployment = DeploymentRows.existing(session, id);
            LogExtent log = deployment.log();
            if (line > log.lineCount()) {
                return log.size();
            }
            return line <= 1 ? 0L : TailSearch.behindNewline(session, deployment.number(), log.newlines() - line + 2);
        });
    }

    @Override
    public long lineAt(DeploymentId id, long offset) {
        return reading.read(session -> {
            Deployment deployment = DeploymentRows.existing(session, id);
            long number = deployment.number();
            LogExtent log = deployment.log();
            if (offset > log.size()) {
                throw new OffsetOutOfRangeException(offset, log.size());
            }
            long inPieces = session.first(NEWLINES_FROM, row -> row.getLong(1), number, offset)
                    .orElseThrow();
            int inChunk = session.first(REST_OF_CHUNK, row -> LogDelta.countNewlines(row.getBytes(1)), number, offset)
                    .orElse(0);
            return log.newlines() - inPieces - inChunk + 1;
        });
    }
}
