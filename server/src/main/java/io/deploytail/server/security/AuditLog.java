package io.deploytail.server.security;

import com.google.gson.JsonObject;
import io.deploytail.server.deployment.AuditEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what is worth an audit to the server's log as well: a JSON object in one line, by the logger {@code audit}. */
public final class AuditLog {
    private static final Logger logger = LoggerFactory.getLogger("audit");

    private AuditLog() {}

    /** Writes an entry. */
    public static void write(AuditEntry entry) {
        JsonObject line = new JsonObject();
        line.addProperty("time", entry.time().toString());
        line.addProperty("caller", entry.actor().name());
        line.addProperty("origin", entry.actor().origin());
        line.addProperty("action", entry.action());
        if (!entry.deploymentId().isEmpty()) {
            line.addProperty("deployment_id", entry.deploymentId());
        }
        if (!entry.target().isEmpty()) {
            line.addProperty("target", entry.target());
        }
        line.addProperty("result", entry.result());
        if (!entry.detail().isEmpty()) {
            line.addProperty("detail", entry.detail());
        }
        logger.info("{}", line);
    }
}
