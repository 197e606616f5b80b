package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

/**
 * Who calls, and what is allowed to it.
 *
 * @param name unique among callers; empty for whoever calls a server that does not ask who calls
 * @param targets of which deployments it sees anything and may do what its role allows
 */
public record Caller(String name, Role role, TargetPatterns targets) {
    /** Whoever calls a server that does not ask who calls. */
    public static final Caller ANYONE = new Caller("", Role.ADMIN, TargetPatterns.ALL);

    public Caller {
        requireNonNull(name);
        requireNonNull(role);
        requireNonNull(targets);
    }
}
