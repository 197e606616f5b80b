package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * Something that was done, or that somebody was not let do.
 *
 * @param action {@code start}, {@code cancel}, {@code delete}, {@code reload}, or the name of a call that was refused
 * @param deploymentId empty if it is about none, or about one that was not looked for
 * @param target of the deployment; empty for none
 * @param result {@code OK}, or the status that it was refused with
 * @param detail a few words for people; may be empty
 */
public record AuditEntry(
        Instant time, Actor actor, String action, String deploymentId, String target, String result, String detail) {
    private static final String OK = "OK";

    public AuditEntry {
        requireNonNull(time);
        requireNonNull(actor);
        requireNonNull(action);
        requireNonNull(deploymentId);
        requireNonNull(target);
        requireNonNull(result);
        requireNonNull(detail);
    }

    /** Something that was done with a deployment. */
    public static AuditEntry done(Instant time, Actor actor, String action, Deployment deployment, String detail) {
        return new AuditEntry(time, actor, action, deployment.id().text(), deployment.target(), OK, detail);
    }

    /** Something else that was done or, if the result is not OK, tried. */
    public static AuditEntry of(Instant time, Actor actor, String action, String result, String detail) {
        return new AuditEntry(time, actor, action, "", "", result, detail);
    }
}
