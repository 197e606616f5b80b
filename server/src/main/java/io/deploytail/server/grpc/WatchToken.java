package io.deploytail.server.grpc;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Where to resume a watch, as text: the number of a change. */
final class WatchToken {
    private static final Pattern FORM = Pattern.compile("[0-9]{1,18}");

    private WatchToken() {}

    static String write(long change) {
        return Long.toString(change);
    }

    static boolean isValid(String token) {
        return FORM.matcher(token).matches();
    }

    /** Empty for an empty token, which is from now on. */
    static OptionalLong read(String token) {
        return token.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(token));
    }
}
