package io.deploytail.server.deployment;

/** Where it is recorded who was not let do what, and what else is worth knowing later. Thread-safe. */
public interface AuditTrail {
    /** Records it, soon; never waits, and does not fail. Where there is too much at once, some of it is only counted. */
    void record(AuditEntry entry);
}
