package io.deploytail.server;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * A log of {@link NumberedLines} in which the digit 0 is the byte FF, which no text has: so its chunks are as large as
 * they get.
 */
record BinaryLines(int count) {
    private static final int LINE_BYTES = 16;
    private static final int PIECE_BYTES = 64 << 10;

    /** The shell command that writes it as fast as it can. */
    String command() {
        return NumberedLines.command(0, count) + " | tr 0 '\\377'";
    }

    long size() {
        return (long) count * LINE_BYTES;
    }

    int crc32c() {
        CRC32C crc = new CRC32C();
        for (long offset = 0; offset < size(); offset += PIECE_BYTES) {
            crc.update(bytes(offset, (int) Math.min(PIECE_BYTES, size() - offset)));
        }
        return (int) crc.getValue();
    }

    /** What the log has from this offset on. */
    static byte[] bytes(long offset, int length) {
        return NumberedLines.between(offset, offset + length)
                .replace('0', '\u00ff')
                .getBytes(StandardCharsets.ISO_8859_1);
    }
}
