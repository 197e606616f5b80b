package io.deploytail.server.storage;

import io.deploytail.server.deployment.ChangeOutOfRangeException;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentChange;
import io.deploytail.server.deployment.DeploymentChange.Changed;
import io.deploytail.server.deployment.DeploymentChange.Deleted;
import io.deploytail.server.deployment.DeploymentChanges;
import io.deploytail.server.deployment.DeploymentId;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The order of changes among deployments: numbers that grow from one change to the next, also across deletions. */
final class Changes {
    /** An expression: the number of the next change. The newest is never forgotten, so none is used twice. */
    static final String NEXT = """
            (SELECT coalesce(max(change_no), 0) + 1 FROM (
              SELECT max(change_no) AS change_no FROM deployments
              UNION ALL SELECT max(change_no) FROM deleted_deployments))""";

    private static final String LAST = "SELECT " + NEXT + " - 1";

    private static final String MOVE_LINE = """
            UPDATE deployments SET change_no = line.base + line.place
            FROM (
              SELECT deployment_no AS no, row_number() OVER (ORDER BY deployment_no) - 1 AS place, %s AS base
              FROM deployments WHERE state = 'QUEUED' AND target = ? AND target <> '') AS line
            WHERE deployment_no = line.no""".formatted(NEXT);

    private static final String CHANGED = DeploymentRows.SELECT + "WHERE d.change_no > ? ORDER BY d.change_no LIMIT ?";

    private static final String DELETED = """
            SELECT change_no, deployment_id, target FROM deleted_deployments
            WHERE change_no > ? ORDER BY change_no LIMIT ?""";

    /** The deletion from which on all are known; none if all are. */
    private static final String FIRST_KNOWN_DELETION = """
            SELECT change_no FROM deleted_deployments
            WHERE deletion_no > (SELECT max(deletion_no) FROM deleted_deployments) - %1$d
              AND (SELECT max(deletion_no) FROM deleted_deployments) > %1$d
            ORDER BY deletion_no LIMIT 1""".formatted(SqliteDeploymentStore.KNOWN_DELETIONS);

    /** In characters, as for a page of a list: deployments may be very long. */
    private static final long MAX_LENGTH = 512 << 10;

    private Changes() {}

    static long last(Session session) throws SQLException {
        return session.first(LAST, row -> row.getLong(1)).orElseThrow();
    }

    /** Notes that those who wait for a target have another place in its line, or wait behind another deployment. */
    static void moveLine(Session session, String target) throws SQLException {
        session.update(MOVE_LINE, target);
    }

    /** The changes behind a number. */
    static DeploymentChanges since(Session session, long since, int limit) throws SQLException {
        long last = last(session);
        if (since > last) {
            throw ChangeOutOfRangeException.tooNew();
        }
        if (session.first(FIRST_KNOWN_DELETION, row -> row.getLong(1)).orElse(0L) > since) {
            throw ChangeOutOfRangeException.tooOld();
        }
        List<DeploymentChange> deleted = session.all(
                DELETED,
                row -> new Deleted(row.getLong(1), new DeploymentId(row.getString(2)), row.getString(3)),
                since,
                limit);
        Pages pages = new Pages();
        session.walk(
                CHANGED,
                row -> pages.add(new Changed(row.getLong("change_no"), DeploymentRows.read(row))),
                since,
                limit);
        // As many as either query has are complete in their order, if it was cut.
        boolean isCut = pages.isFull || deleted.size() + pages.changed.size() >= limit;
        List<DeploymentChange> changes = Stream.concat(deleted.stream(), pages.changed.stream())
                .sorted(Comparator.comparingLong(DeploymentChange::number))
                .limit(pages.isFull ? pages.changed.size() : limit)
                .toList();
        return new DeploymentChanges(
                changes, isCut ? changes.get(changes.size() - 1).number() : last);
    }

    /** Deployments until they are too long together. Confined to one read. */
    private static final class Pages {
        private final List<Changed> changed = new ArrayList<>();
        private long length;
        private boolean isFull;

        /** Takes the next; returns whether to go on. */
        boolean add(Changed change) {
            Deployment deployment = change.deployment();
            changed.add(change);
            length += deployment.toString().length();
            isFull = length >= MAX_LENGTH;
            return !isFull;
        }
    }
}
