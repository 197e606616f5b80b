package io.deploytail.server.storage;

import io.deploytail.server.deployment.AuditEntry;
import java.sql.SQLException;

/** Writes the audit log. */
final class AuditRows {
    /** How many are kept. */
    static final int KEPT = 100_000;

    private static final String INSERT = """
            INSERT INTO audit_log (time, caller, origin, action, deployment_id, target, result, detail)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""";

    private static final String FORGET =
            "DELETE FROM audit_log WHERE audit_no <= (SELECT max(audit_no) FROM audit_log) - " + KEPT;

    private AuditRows() {}

    static void add(Session session, AuditEntry entry) throws SQLException {
        session.update(
                INSERT,
                TimeText.of(entry.time()),
                entry.actor().name(),
                entry.actor().origin(),
                entry.action(),
                entry.deploymentId(),
                entry.target(),
                entry.result(),
                entry.detail());
        session.update(FORGET);
    }
}
