package io.deploytail.server.deployment;

import java.util.Locale;
import java.util.Optional;

/** The token in an {@code authorization} header, as in RFC 6750, section 2.1. */
public final class BearerToken {
    private static final String SCHEME = "bearer ";

    private BearerToken() {}

    /** The token; empty if the header is of another kind. */
    public static Optional<String> of(String authorization) {
        return authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)
                ? Optional.of(authorization.substring(SCHEME.length()).strip())
                : Optional.empty();
    }
}
