package io.deploytail.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.deploytail.server.deployment.DeployRequest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Tells whether two requests ask for the same: a SHA-256 over all that a caller sent, except the request id itself. So
 * what must not be stored, the values of the environment, can be compared all the same. But of what is secret only the names
 * count: a short value could be found out from its hash.
 *
 * <p>It takes the working directory as sent. The one that the server puts in place of an empty one may be another after
 * a restart, and the same request must still be the same then. Of a recipe it takes the name and the parameters, not what
 * they come to: the recipe may be another one after a while.
 */
final class RequestFingerprint {
    private final MessageDigest digest;

    private RequestFingerprint(MessageDigest digest) {
        this.digest = digest;
    }

    /** The fingerprint as 64 hexadecimal digits. */
    static String of(DeployRequest request) {
        try {
            RequestFingerprint fingerprint = new RequestFingerprint(MessageDigest.getInstance("SHA-256"));
            if (request.recipe().isEmpty()) {
                fingerprint.add(request.target());
                fingerprint.add(request.command());
                fingerprint.add(request.env());
                fingerprint.add(request.workingDirectory());
                fingerprint.add(request.labels());
                fingerprint.add(request.timeout());
                fingerprint.add(request.silenceTimeout());
                fingerprint.addNumber(request.noQueue() ? 1 : 0);
                if (!request.secretEnv().isEmpty()) {
                    fingerprint.add(new TreeSet<>(request.secretEnv().keySet()));
                }
            } else {
                fingerprint.add(request.recipe());
                fingerprint.add(request.parameters());
                fingerprint.add(request.labels());
                fingerprint.addNumber(request.noQueue() ? 1 : 0);
            }
            return HexFormat.of().formatHex(fingerprint.digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private void add(Optional<Duration> duration) {
        add(duration.map(Duration::toString).map(List::of).orElse(List.of()));
    }

    private void add(Map<String, String> values) {
        Map<String, String> sorted = new TreeMap<>(values);
        add(sorted.keySet());
        add(sorted.values());
    }

    private void add(Collection<String> values) {
        addNumber(values.size());
        values.forEach(this::add);
    }

    /** The length goes first: without it, "ab" "c" would be the same as "a" "bc". */
    private void add(String value) {
        byte[] bytes = value.getBytes(UTF_8);
        addNumber(bytes.length);
        digest.update(bytes);
    }

    private void addNumber(int number) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(number).flip());
    }
}
