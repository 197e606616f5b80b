package io.deploytail.server.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/** A caller's secret: 256 random bits as text. As nobody can guess one, a plain hash of it is all that need be kept. */
final class Token {
    private static final String PREFIX = "dt_"; // so that scanners of repositories know it
    private static final int BYTES = 32;
    private static final SecureRandom random = new SecureRandom();

    private Token() {}

    static String create() {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The SHA-256 of a token as 64 hexadecimal digits. */
    static String hash(String token) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
