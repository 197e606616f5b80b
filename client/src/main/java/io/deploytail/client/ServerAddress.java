package io.deploytail.client;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a server listens: a name, an IPv4 address or an IPv6 address in brackets, whose port may be left out, or
 * {@code unix:PATH}.
 *
 * @param host empty if there is a path
 * @param path of a Unix domain socket
 */
record ServerAddress(String host, int port, @Nullable String path) {
    private static final int DEFAULT_PORT = 50051;
    private static final String UNIX = "unix:";
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|::1");

    ServerAddress(String host, int port) {
        this(host, port, null);
    }

    static ServerAddress parse(String text) {
        if (text.startsWith(UNIX) && text.length() > UNIX.length()) {
            return new ServerAddress("", 0, text.substring(UNIX.length()));
        }
        int bracket = text.lastIndexOf(']');
        int colon = text.indexOf(':', bracket + 1);
        String host = colon < 0 ? text : text.substring(0, colon);
        int port = colon < 0 ? DEFAULT_PORT : parsePort(text, text.substring(colon + 1));
        if (host.isEmpty()
                || host.chars().anyMatch(Character::isWhitespace)
                || host.startsWith("[") != (bracket == host.length() - 1)) {
            throw new IllegalArgumentException(
                    "not a server address (HOST:PORT, as in 127.0.0.1:50051, or unix:PATH): '" + text + "'");
        }
        return new ServerAddress(bracket < 0 ? host : host.substring(1, bracket), port);
    }

    private static int parsePort(String text, String digits) {
        try {
            int port = Integer.parseInt(digits);
            if (port > 0 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // falls through: said below
        }
        throw new IllegalArgumentException("not a server address (HOST:PORT, port 1 to 65535): '" + text + "'");
    }

    /** Whether what is sent there does not leave this host. A name other than {@code localhost} may lead anywhere. */
    boolean isLocal() {
        return path != null || LOOPBACK.matcher(host).matches();
    }
}
