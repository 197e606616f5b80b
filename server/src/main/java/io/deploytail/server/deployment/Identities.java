package io.deploytail.server.deployment;

import java.util.Optional;

/** Who may call. That may change at any time. Thread-safe. */
public interface Identities {
    /** Nobody is asked who it is, and everyone may do everything. */
    Identities NOT_ASKED = new Identities() {
        @Override
        public Optional<Caller> unasked() {
            return Optional.of(Caller.ANYONE);
        }

        @Override
        public Optional<Caller> byToken(String token) {
            return Optional.empty();
        }

        @Override
        public Optional<Caller> byCertificate(String name) {
            return Optional.empty();
        }

        @Override
        public boolean knows(Caller caller) {
            return true;
        }
    };

    /** Whoever calls, whatever it says of itself; empty if it is asked. */
    default Optional<Caller> unasked() {
        return Optional.empty();
    }

    /** The caller that was given this token. */
    Optional<Caller> byToken(String token);

    /** The caller whose certificate, which was verified, has this name. */
    Optional<Caller> byCertificate(String name);

    /** Whether this caller is still known, with these rights. */
    boolean knows(Caller caller);
}
