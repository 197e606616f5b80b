package io.deploytail.server.deployment;

import java.util.Optional;

/** Who may call. That may change at any time. Thread-safe. */
public interface Identities {
    /** The caller that was given this token. */
    Optional<Caller> byToken(String token);

    /** The caller whose certificate, which was verified, has this name. */
    Optional<Caller> byCertificate(String name);

    /** Whether this caller is still known, with these rights. */
    boolean knows(Caller caller);
}
