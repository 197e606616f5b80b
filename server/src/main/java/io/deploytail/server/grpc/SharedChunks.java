package io.deploytail.server.grpc;

import io.deploytail.server.deployment.LogDelta;
import io.deploytail.v1.StreamLogsResponse;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The messages of live output: followers that have come as far share one, which is made once, as a rule. Keeps a few of
 * the newest. Thread-safe.
 */
final class SharedChunks {
    private static final int PLACES = 32;

    private final AtomicReferenceArray<@Nullable Chunk> newest = new AtomicReferenceArray<>(PLACES);

    StreamLogsResponse of(LogDelta delta) {
        int place = System.identityHashCode(delta) % PLACES;
        @Nullable Chunk chunk = newest.get(place);
        if (chunk == null || chunk.delta() != delta) {
            chunk = new Chunk(delta, StreamMessages.chunk(delta.offset(), delta.time(), delta.bytes()));
            newest.set(place, chunk);
        }
        return chunk.message();
    }

    private record Chunk(LogDelta delta, StreamLogsResponse message) {}
}
