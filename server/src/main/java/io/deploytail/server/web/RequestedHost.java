package io.deploytail.server.web;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Tells by which host names requests may ask. A page on the web can give its own name the address of loopback and so let
 * a browser on this host ask here; such a request carries that page's name.
 */
final class RequestedHost {
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

    private final Set<String> names;

    RequestedHost(Set<String> names) {
        this.names = names.stream().map(RequestedHost::plain).collect(Collectors.toUnmodifiableSet());
    }

    boolean isAccepted(String host) {
        String plain = plain(host);
        return LOOPBACK.matcher(plain).matches() || names.contains(plain);
    }

    private static String plain(String host) {
        return host.toLowerCase(Locale.ROOT);
    }
}
