package io.deploytail.server.storage;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.EndNotice;
import io.deploytail.server.deployment.EndNotices;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** The ends that are still to be told, in SQLite. Thread-safe. */
final class SqliteEndNotices implements EndNotices {
    private static final String INSERT = """
            INSERT INTO end_notices (deployment_no, deployment_id, end_time, next_attempt_time, json)
            VALUES (?1, ?2, ?3, ?3, ?4)""";

    private static final String FIRST = """
            SELECT deployment_no, deployment_id, end_time, failure_count, next_attempt_time, json FROM end_notices
            ORDER BY next_attempt_time, deployment_no LIMIT ?""";

    private static final String POSTPONE = """
            UPDATE end_notices SET failure_count = failure_count + 1, next_attempt_time = ? WHERE deployment_no = ?""";

    private static final String DELETE = "DELETE FROM end_notices WHERE deployment_no = ?";

    private final WritingConnection writing;
    private final ReadingConnections reading;

    SqliteEndNotices(WritingConnection writing, ReadingConnections reading) {
        this.writing = writing;
        this.reading = reading;
    }

    /** Adds a notice of a deployment that has just ended, within the transaction that records the end. */
    static void add(Session session, Deployment ended, String json) throws SQLException {
        session.update(
                INSERT,
                ended.number(),
                ended.id().text(),
                TimeText.of(ended.endTime().orElseThrow()),
                json);
    }

    @Override
    public List<EndNotice> first(int limit) {
        return reading.read(session -> session.all(FIRST, SqliteEndNotices::read, limit));
    }

    private static EndNotice read(ResultSet row) throws SQLException {
        return new EndNotice(
                row.getLong("deployment_no"),
                new DeploymentId(row.getString("deployment_id")),
                TimeText.parse(row.getString("end_time")),
                row.getInt("failure_count"),
                TimeText.parse(row.getString("next_attempt_time")),
                row.getString("json"));
    }

    @Override
    public void postpone(EndNotice notice, Instant nextAttempt) {
        writing.write(session -> session.update(POSTPONE, TimeText.of(nextAttempt), notice.number()));
    }

    @Override
    public void remove(EndNotice notice) {
        writing.write(session -> session.update(DELETE, notice.number()));
    }
}
