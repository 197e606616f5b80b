package io.deploytail.client;

/** Where a server listens. A name, an IPv4 address or an IPv6 address in brackets; the port may be left out. */
record ServerAddress(String host, int port) {
    private static final int DEFAULT_PORT = 50051;

    static ServerAddress parse(String text) {
        int bracket = text.lastIndexOf(']');
        int colon = text.indexOf(':', bracket + 1);
        String host = colon < 0 ? text : text.substring(0, colon);
        int port = colon < 0 ? DEFAULT_PORT : parsePort(text, text.substring(colon + 1));
        if (host.isEmpty()
                || host.chars().anyMatch(Character::isWhitespace)
                || host.startsWith("[") != (bracket == host.length() - 1)) {
            throw new IllegalArgumentException(
                    "not a server address (HOST:PORT, as in 127.0.0.1:50051): '" + text + "'");
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
}
