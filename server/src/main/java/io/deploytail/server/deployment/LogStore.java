package io.deploytail.server.deployment;

/**
 * The durable log of every deployment.
 *
 * <p>Append-only: once {@link #read} has returned a byte at an offset, every later read of that offset returns the same
 * byte, across restarts. Bytes become readable only after commit, so no follower sees a byte that a crash could take
 * back.
 *
 * <p>Thread-safe. {@code read} never waits for {@code append}. Every method may throw {@link StorageException}.
 */
public interface LogStore {
    /**
     * Appends a delta and records the log's new extent, both or neither. Durable when it returns.
     *
     * @param number the deployment's {@link Deployment#number}
     * @param after the extent that the log has with the delta
     */
    void append(long number, LogDelta delta, LogExtent after);

    /**
     * Reads from an offset on: the deployment and its log's bytes from one snapshot. So if the deployment has ended and
     * no byte is returned, the log has been read to its end.
     *
     * <p>The bytes are of deltas that were read from the command within {@link LogSlice#MAX_SPAN}; where more follow,
     * they are cut behind a line if there is one, and never inside a character.
     *
     * @param maxBytes at most this many, at least 4
     * @throws UnknownDeploymentException if there is none
     * @throws OffsetOutOfRangeException if the offset is past the end
     */
    LogSlice read(DeploymentId id, long offset, int maxBytes);

    /**
     * The offset at which the last so many lines begin: the end for 0, 0 if there are no more than that.
     *
     * @throws UnknownDeploymentException if there is none
     */
    long tailOffset(DeploymentId id, long lines);
}
