package io.deploytail.bench;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32C;

/** How many bytes came and which: equal digests, equal bytes. */
record Digest(long bytes, int crc32c) {
    /** Reads all that comes, or so many bytes if the end is not there before. */
    static Digest read(InputStream in, long maxBytes) throws IOException {
        CRC32C crc = new CRC32C();
        byte[] buffer = new byte[256 << 10];
        long bytes = 0;
        int read = 0;
        while (bytes < maxBytes && (read = in.read(buffer, 0, (int) Math.min(buffer.length, maxBytes - bytes))) >= 0) {
            crc.update(buffer, 0, read);
            bytes += read;
        }
        return new Digest(bytes, (int) crc.getValue());
    }

    /** Fails if something is missing, doubled or changed. */
    void require(Digest received) {
        if (!equals(received)) {
            throw new IllegalStateException("not what was written: " + received + " instead of " + this);
        }
    }
}
