package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

/**
 * Who does something, and from where.
 *
 * @param name of the caller; empty if it has none
 * @param origin the address of the other end of its connection; {@code server} if nobody has called
 */
public record Actor(String name, String origin) {
    /** The server by itself. */
    public static final Actor SERVER = new Actor("", "server");

    public Actor {
        requireNonNull(name);
        requireNonNull(origin);
    }
}
