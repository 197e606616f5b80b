package io.deploytail.bench;

import com.google.protobuf.ByteString;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/** Followers that check what they get. */
final class Follow {
    private Follow() {}

    /** One that takes the generator's lines and tells their delays. */
    static Streams.Follower lines(LinePool pool, long lines, LongConsumer delays) {
        LineReader reader = new LineReader(pool, lines, delays);
        return (bytes, nanos) -> {
            byte[] piece = bytes.toByteArray();
            reader.accept(piece, piece.length, nanos);
        };
    }

    /** One that takes any bytes, and can be asked whether they were the right ones. */
    static final class Flood implements Streams.Follower {
        private final CRC32C crc = new CRC32C();
        private long bytes;

        @Override
        public synchronized void accept(ByteString piece, long nanos) {
            for (var part : piece.asReadOnlyByteBufferList()) {
                crc.update(part);
            }
            bytes += piece.size();
        }

        synchronized Digest digest() {
            return new Digest(bytes, (int) crc.getValue());
        }
    }
}
