package io.deploytail.server.web;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which host names a request may ask for: those of this machine's loopback addresses, and those that were given. Another
 * site can make a browser come here under a name of its own (DNS rebinding), but not under one of these.
 *
 * @param names besides the loopback ones; in lower case, without a port
 */
record HostRule(Set<String> names) {
    private static final Pattern HOST = Pattern.compile("(\\[[0-9a-f:.]+]|[^:\\[\\]]+)(:[0-9]+)?");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");

    HostRule {
        names = Set.copyOf(names);
    }

    /** @param host as it stands in the request, with the port if there is one */
    boolean allows(String host) {
        Matcher matcher = HOST.matcher(host.toLowerCase(Locale.ROOT));
        return matcher.matches() && (LOOPBACK.matcher(matcher.group(1)).matches() || names.contains(matcher.group(1)));
    }
}
