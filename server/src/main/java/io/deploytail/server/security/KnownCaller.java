package io.deploytail.server.security;

import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Role;
import io.deploytail.server.deployment.TargetPatterns;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A caller as it stands in a {@link CallersFile}.
 *
 * @param tokenHashes of the tokens that it may use, the newest first, {@link #MAX_TOKENS} at most
 * @param hasCertificate whether a client certificate with its name will do as well
 */
record KnownCaller(String name, Role role, List<String> targets, List<String> tokenHashes, boolean hasCertificate) {
    /** While one takes the place of the other. */
    static final int MAX_TOKENS = 2;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@:/-]{0,127}");
    private static final int MAX_TARGETS = 100;
    private static final int MAX_TARGET_LENGTH = 256;
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    /** @throws IllegalArgumentException if something is wrong with it; says what, for people */
    KnownCaller {
        targets = List.copyOf(targets);
        tokenHashes = List.copyOf(tokenHashes);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("the name '" + name + "' is not 1 to 128 of letters, digits and ._@:/-,"
                    + " the first a letter or a digit");
        }
        if (targets.isEmpty() || targets.size() > MAX_TARGETS) {
            throw new IllegalArgumentException(name + " must have 1 to " + MAX_TARGETS + " patterns of targets");
        }
        if (targets.stream().anyMatch(each -> each.isEmpty() || each.length() > MAX_TARGET_LENGTH)) {
            throw new IllegalArgumentException(
                    "a pattern of " + name + " is empty, or longer than " + MAX_TARGET_LENGTH + " characters");
        }
        if (tokenHashes.size() > MAX_TOKENS || !tokenHashes.stream().allMatch(HASH.asMatchPredicate())) {
            throw new IllegalArgumentException(
                    name + " must have at most " + MAX_TOKENS + " tokens, each as 64 lower-case hexadecimal digits");
        }
    }

    Caller caller() {
        return new Caller(name, role, new TargetPatterns(targets));
    }

    /** The same with one more token; the oldest goes if there are too many. */
    KnownCaller withToken(String hash) {
        List<String> hashes = new ArrayList<>(List.of(hash));
        hashes.addAll(tokenHashes);
        return withTokens(hashes.subList(0, Math.min(hashes.size(), MAX_TOKENS)));
    }

    /** The same with the newest of its tokens only. */
    KnownCaller withNewestToken() {
        return withTokens(tokenHashes.subList(0, Math.min(tokenHashes.size(), 1)));
    }

    private KnownCaller withTokens(List<String> hashes) {
        return new KnownCaller(name, role, targets, hashes, hasCertificate);
    }
}
