package io.deploytail.client.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Puts the time (RFC 3339, milliseconds, UTC) and a space before each line. A line that comes in several chunks has the
 * time of the first. Not thread-safe.
 */
final class LineStamper {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z' ").withZone(ZoneOffset.UTC);

    private boolean atLineStart = true;

    byte[] stamp(byte[] bytes, Instant time) {
        byte[] stamp = FORMAT.format(time).getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream stamped = new ByteArrayOutputStream(bytes.length + 2 * stamp.length);
        for (byte next : bytes) {
            if (atLineStart) {
                stamped.writeBytes(stamp);
            }
            stamped.write(next);
            atLineStart = next == '\n';
        }
        return stamped.toByteArray();
    }
}
