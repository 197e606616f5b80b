package io.deploytail.server.deployment;

/** What a caller may do, each with all that those before it may. */
public enum Role {
    /** See deployments and their logs. */
    VIEWER,
    /** Start deployments, and cancel those that it has started itself. */
    DEPLOYER,
    /** Cancel and delete any. */
    ADMIN;

    /** Whether this role includes another one. */
    boolean includes(Role other) {
        return compareTo(other) >= 0;
    }
}
