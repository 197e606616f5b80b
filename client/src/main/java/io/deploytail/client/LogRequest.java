package io.deploytail.client;

import static java.util.Objects.requireNonNull;

import io.deploytail.v1.StreamLogsRequest;
import java.util.OptionalLong;

/**
 * Which part of which log to stream: the whole log and then what comes, unless said otherwise.
 *
 * <p>Immutable: each method returns a changed copy.
 */
public final class LogRequest {
    private final String deploymentId;
    private final OptionalLong fromOffset;
    private final OptionalLong tailLines;
    private final boolean follow;

    private LogRequest(String deploymentId, OptionalLong fromOffset, OptionalLong tailLines, boolean follow) {
        this.deploymentId = requireNonNull(deploymentId);
        this.fromOffset = fromOffset;
        this.tailLines = tailLines;
        this.follow = follow;
    }

    /** The whole log of this deployment, to its end. */
    public static LogRequest of(String deploymentId) {
        return new LogRequest(deploymentId, OptionalLong.of(0), OptionalLong.empty(), true);
    }

    /**
     * Starts at this offset instead of at the beginning.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public LogRequest fromOffset(long offset) {
        requireNotNegative(offset);
        return new LogRequest(deploymentId, OptionalLong.of(offset), OptionalLong.empty(), follow);
    }

    /**
     * Starts this many lines before the present end.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    public LogRequest tailLines(long lines) {
        requireNotNegative(lines);
        return new LogRequest(deploymentId, OptionalLong.empty(), OptionalLong.of(lines), follow);
    }

    /** Stops at the present end instead of waiting for more. */
    public LogRequest withoutFollowing() {
        return new LogRequest(deploymentId, fromOffset, tailLines, false);
    }

    /** The deployment whose log to stream. */
    public String deploymentId() {
        return deploymentId;
    }

    /** Where the first byte to stream is; empty if only the number of lines before the end is known. */
    OptionalLong fromOffset() {
        return fromOffset;
    }

    /** This request as sent first, or, once an offset has been reached, as sent to resume there. */
    StreamLogsRequest toMessage(OptionalLong reached) {
        StreamLogsRequest.Builder message =
                StreamLogsRequest.newBuilder().setDeploymentId(deploymentId).setNoFollow(!follow);
        if (reached.isPresent()) {
            message.setFromOffset(reached.getAsLong());
        } else {
            tailLines.ifPresent(message::setTailLines);
        }
        return message.build();
    }

    private static void requireNotNegative(long number) {
        if (number < 0) {
            throw new IllegalArgumentException("negative: " + number);
        }
    }
}
