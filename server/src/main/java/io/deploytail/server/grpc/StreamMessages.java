package io.deploytail.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.TextBoundary;
import io.deploytail.v1.Heartbeat;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.StreamLogsResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Makes the events of a log stream. */
final class StreamMessages {
    /**
     * Bytes that are not text go out twice, as they are and as the nearest text, which may be three times as long. With
     * this their messages are no larger than those of text, and a follower that stalls holds no more of them.
     */
    private static final int MAX_RAW_BYTES = 16 << 10;

    private StreamMessages() {}

    static StreamLogsResponse deployment(Deployment deployment) {
        return StreamLogsResponse.newBuilder()
                .setDeployment(DeploymentMessages.toMessage(deployment))
                .build();
    }

    /** A chunk with these bytes, which nobody may change any more; if they are not text, with the first of them. */
    static StreamLogsResponse chunk(long offset, Instant time, byte[] bytes) {
        ByteString all = UnsafeByteOperations.unsafeWrap(bytes);
        LogChunk.Builder chunk = LogChunk.newBuilder().setOffset(offset).setTime(DeploymentMessages.toMessage(time));
        try {
            // Goes out as it is, without becoming a String in between. It is looked at only once, by this call.
            chunk.setTextBytes(all).setNextOffset(offset + bytes.length);
        } catch (IllegalArgumentException notUtf8) {
            int length = bytes.length <= MAX_RAW_BYTES ? bytes.length : TextBoundary.before(bytes, MAX_RAW_BYTES);
            chunk.setNextOffset(offset + length)
                    .setText(new String(bytes, 0, length, StandardCharsets.UTF_8))
                    .setRaw(all.substring(0, length));
        }
        return StreamLogsResponse.newBuilder().setChunk(chunk).build();
    }

    static StreamLogsResponse gap(LogGap gap) {
        return StreamLogsResponse.newBuilder()
                .setGap(io.deploytail.v1.LogGap.newBuilder()
                        .setOffset(gap.offset())
                        .setNextOffset(gap.end())
                        .setReason(toMessage(gap.reason()))
                        .setAtLeast(!gap.isExact()))
                .build();
    }

    private static io.deploytail.v1.LogGap.Reason toMessage(LogGap.Reason reason) {
        return switch (reason) {
            case LOG_LIMIT -> io.deploytail.v1.LogGap.Reason.REASON_LOG_LIMIT;
            case DISK_FULL -> io.deploytail.v1.LogGap.Reason.REASON_DISK_FULL;
            case COPIER_LOST -> io.deploytail.v1.LogGap.Reason.REASON_COPIER_LOST;
        };
    }

    /** A sign of life of a deployment that has been silent for this long; empty for a queued one. */
    static StreamLogsResponse heartbeat(long nextOffset, Optional<Duration> silence) {
        Heartbeat.Builder heartbeat = Heartbeat.newBuilder().setNextOffset(nextOffset);
        silence.ifPresent(duration -> heartbeat.setSilentFor(DeploymentMessages.toMessage(duration)));
        return StreamLogsResponse.newBuilder().setHeartbeat(heartbeat).build();
    }

    static StreamLogsResponse end(Deployment deployment, long nextOffset, LogEnd.Reason reason) {
        return StreamLogsResponse.newBuilder()
                .setEnd(LogEnd.newBuilder()
                        .setDeployment(DeploymentMessages.toMessage(deployment))
                        .setNextOffset(nextOffset)
                        .setReason(reason))
                .build();
    }
}
