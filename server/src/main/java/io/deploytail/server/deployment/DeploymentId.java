package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Names one deployment: a UUIDv7 (RFC 9562, section 5.7) in its text form, which sorts by time of creation. The text is
 * safe as a file name.
 */
public record DeploymentId(String text) {
    /** The environment variable that tells a command, and all that it starts, which deployment it belongs to. */
    public static final String ENVIRONMENT_NAME = "DEPLOYTAIL_DEPLOYMENT_ID";

    private static final Pattern TEXT = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final SecureRandom RANDOM = new SecureRandom();

    public DeploymentId {
        requireNonNull(text);
        if (!TEXT.matcher(text).matches()) {
            throw new IllegalArgumentException("not a deployment id: " + text);
        }
    }

    /** A new id that nobody else has, made at this time. */
    public static DeploymentId create(Instant now) {
        long version7 = now.toEpochMilli() << 16 | 0x7000 | RANDOM.nextInt(0x1000);
        long variant2 = 0x8000_0000_0000_0000L | RANDOM.nextLong() >>> 2;
        return new DeploymentId(new UUID(version7, variant2).toString());
    }

    /** Whether this text could be an id at all. */
    public static boolean isValid(String text) {
        return TEXT.matcher(text).matches();
    }

    @Override
    public String toString() {
        return text;
    }
}
