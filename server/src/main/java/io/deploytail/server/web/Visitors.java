package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.BearerToken;
import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Identities;
import java.util.Optional;
import org.eclipse.jetty.http.HttpCookie;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Finds out who asks: by the token in the {@code Authorization} header or, as browsers send it, in the cookie that the
 * login has set. The cookie holds the token itself, so that a restart of the server logs nobody out. No script can read
 * it, and it goes over HTTPS or to this host only; but browsers send it to every port of the page's host name.
 * Thread-safe.
 */
final class Visitors {
    private static final String COOKIE = "deploytail_token";

    /** In seconds: 30 days. */
    private static final int COOKIE_LIFE = 30 * 24 * 60 * 60;

    /** For the directory of the address that sets it: the site's root, whatever prefix a proxy adds. */
    private static final String COOKIE_RULES = "; HttpOnly; Secure; SameSite=Strict; Max-Age=";

    private final Identities identities;

    Visitors(Identities identities) {
        this.identities = requireNonNull(identities);
    }

    /** Who asks; empty if that is not known. */
    Optional<Caller> identify(Request request) {
        return identities.unasked().or(() -> token(request).flatMap(identities::byToken));
    }

    /** Whether whoever asks has shown a token, good or not. */
    boolean hasShownToken(Request request) {
        return token(request).isPresent();
    }

    /** Who has this token. */
    Optional<Caller> byToken(String token) {
        return identities.byToken(token);
    }

    private static Optional<String> token(Request request) {
        String authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (authorization != null) {
            return BearerToken.of(authorization);
        }
        return Request.getCookies(request).stream()
                .filter(cookie -> cookie.getName().equals(COOKIE))
                .map(HttpCookie::getValue)
                .findFirst();
    }

    /** A {@code Set-Cookie} that logs in. */
    static String cookie(String token) {
        return COOKIE + "=" + token + COOKIE_RULES + COOKIE_LIFE;
    }

    /** A {@code Set-Cookie} that logs out. */
    static String noCookie() {
        return COOKIE + "=" + COOKIE_RULES + 0;
    }
}
