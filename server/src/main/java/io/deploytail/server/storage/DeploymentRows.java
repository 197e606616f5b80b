package io.deploytail.server.storage;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.EndReason;
import io.deploytail.server.deployment.LogExtent;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.QueuePlace;
import io.deploytail.server.deployment.Stop;
import io.deploytail.server.deployment.UnknownDeploymentException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Reads deployments from their rows. A queued one's place in the line is counted in the same snapshot. */
final class DeploymentRows {
    /** To be followed by a condition on {@code d}. */
    static final String SELECT = """
            SELECT d.*,
              CASE WHEN d.state = 'QUEUED' THEN (
                SELECT count(*) FROM deployments AS w
                WHERE w.state = 'QUEUED' AND w.target = d.target AND w.deployment_no <= d.deployment_no)
              END AS queue_position,
              CASE WHEN d.state = 'QUEUED' THEN (
                SELECT r.deployment_id FROM deployments AS r
                WHERE r.state = 'RUNNING' AND r.target = d.target AND r.target <> '')
              END AS queue_holder
            FROM deployments AS d
            """;

    private static final String BY_ID = SELECT + "WHERE d.deployment_id = ?";
    private static final String BY_NUMBER = SELECT + "WHERE d.deployment_no = ?";
    private static final String DELETION =
            "SELECT target, delete_time FROM deleted_deployments WHERE deployment_id = ?";

    private DeploymentRows() {}

    static Optional<Deployment> find(Session session, DeploymentId id) throws SQLException {
        return session.first(BY_ID, DeploymentRows::read, id.text());
    }

    /** The deployment with an id that a caller gave. */
    static Deployment existing(Session session, DeploymentId id) throws SQLException {
        Optional<Deployment> deployment = find(session, id);
        if (deployment.isEmpty()) {
            throw session.first(
                            DELETION,
                            row -> new UnknownDeploymentException(
                                    id, row.getString(1), TimeText.parse(row.getString(2))),
                            id.text())
                    .orElseGet(() -> new UnknownDeploymentException(id.text()));
        }
        return deployment.get();
    }

    /** The deployment with a number that is known to exist. */
    static Deployment get(Session session, long number) throws SQLException {
        return session.first(BY_NUMBER, DeploymentRows::read, number).orElseThrow();
    }

    static Deployment read(ResultSet row) throws SQLException {
        return new Deployment(
                row.getLong("deployment_no"),
                new DeploymentId(row.getString("deployment_id")),
                row.getString("target"),
                JsonText.parseList(row.getString("command")),
                row.getString("working_directory"),
                JsonText.parseMap(row.getString("labels")),
                duration(row, "timeout_ms"),
                duration(row, "silence_timeout_ms"),
                DeploymentState.valueOf(row.getString("state")),
                TimeText.parse(row.getString("create_time")),
                TimeText.parseNullable(row.getString("start_time")),
                stop(row),
                TimeText.parseNullable(row.getString("end_time")),
                outcome(row),
                new LogExtent(
                        row.getLong("log_size"),
                        row.getLong("log_newline_count"),
                        row.getBoolean("log_ends_in_line"),
                        HexFormat.fromHexDigits(row.getString("log_crc32c")),
                        row.getLong("log_missing_size")),
                queuePlace(row),
                duration(row, "expected_duration_ms"),
                row.getString("started_by"),
                row.getString("recipe"),
                JsonText.parseMap(row.getString("parameters")));
    }

    private static Optional<Stop> stop(ResultSet row) throws SQLException {
        @Nullable String reason = row.getString("stop_reason");
        return reason == null
                ? Optional.empty()
                : Optional.of(new Stop(
                        EndReason.valueOf(reason),
                        TimeText.parse(row.getString("stop_time")),
                        row.getString("stop_message"),
                        row.getString("stop_by")));
    }

    private static Optional<Outcome> outcome(ResultSet row) throws SQLException {
        @Nullable String reason = row.getString("end_reason");
        return reason == null
                ? Optional.empty()
                : Optional.of(new Outcome(
                        EndReason.valueOf(reason),
                        number(row, "exit_code"),
                        number(row, "signal"),
                        row.getString("message")));
    }

    private static Optional<QueuePlace> queuePlace(ResultSet row) throws SQLException {
        OptionalInt position = number(row, "queue_position");
        return position.isEmpty()
                ? Optional.empty()
                : Optional.of(new QueuePlace(
                        position.getAsInt(),
                        Optional.ofNullable(row.getString("queue_holder")).map(DeploymentId::new)));
    }

    private static Optional<Duration> duration(ResultSet row, String column) throws SQLException {
        long milliseconds = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(milliseconds));
    }

    private static OptionalInt number(ResultSet row, String column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(value);
    }
}
