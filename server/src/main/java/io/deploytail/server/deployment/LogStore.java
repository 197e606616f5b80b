package io.deploytail.server.deployment;

import java.util.List;

/**
 * The durable log of every deployment.
 *
 * <p>Append-only: once {@link #read} has returned a byte at an offset, every later read of that offset returns the same
 * byte, across restarts, or says that it is no longer kept. Bytes become readable only after commit, so no follower sees
 * a byte that a crash could take back.
 *
 * <p>Thread-safe. {@code read} never waits for {@code append}. Every method may throw {@link StorageException}.
 */
public interface LogStore {
    /**
     * Appends deltas, which follow one another, and records the log's new extent, all or nothing. Durable when it
     * returns.
     *
     * @param number the deployment's {@link Deployment#number}
     * @param deltas at least one
     * @param after the extent that the log has with the deltas
     */
    void append(long number, List<LogDelta> deltas, LogExtent after);

    /**
     * Appends bytes that are missing and records the log's new extent, both or neither. Durable when it returns. Where it
     * follows a gap for the same reason, the two become one.
     *
     * @param number the deployment's {@link Deployment#number}
     * @param after the extent that the log has with the gap
     */
    void append(long number, LogGap gap, LogExtent after);

    /**
     * Removes what is stored next to the log's beginning, for good, and puts one gap in its place, for
     * {@link LogGap.Reason#LOG_LIMIT}: whole deltas, the first that begins behind the beginning and all that begin less
     * than so many bytes behind that. Gaps between the beginning and the last of them are taken in; so when this is
     * called again, it goes on where it was. Both or neither; durable when it returns. Without such a delta it changes
     * nothing. It takes as long as there is much to remove, and others who write wait for it: what is much is best
     * evicted part by part.
     *
     * @param number the deployment's {@link Deployment#number}
     * @param beginning how many stored bytes are kept before that; gaps do not count
     * @param bytes at least 1
     * @return the log's extent after that
     */
    LogExtent evict(long number, long beginning, long bytes);

    /**
     * Reads from an offset on: the deployment and its log's bytes from one snapshot. So if the deployment has ended and
     * no byte is returned, the log has been read to its end.
     *
     * <p>The bytes are of deltas that were read from the command within {@link LogSlice#MAX_SPAN}; where more follow,
     * they are cut behind a line if there is one, and never inside a character. They end where a gap begins. At an offset
     * where bytes are missing the slice has the rest of the gap instead.
     *
     * @param maxBytes at most this many, at least 4
     * @throws UnknownDeploymentException if there is none
     * @throws OffsetOutOfRangeException if the offset is past the end
     */
    LogSlice read(DeploymentId id, long offset, int maxBytes);

    /**
     * The offset at which the last so many lines begin: the end for 0, 0 if there are no more than that. Lines that were
     * evicted count. Where they begin among bytes that are missing, or just behind, it is the beginning of the gap.
     *
     * @throws UnknownDeploymentException if there is none
     */
    long tailOffset(DeploymentId id, long lines);

    /**
     * The offset at which a line begins: the end if there is no such line yet. Where it begins among bytes that are
     * missing, or just behind, it is the beginning of the gap.
     *
     * @param line counted from 1; lines that were evicted count
     * @throws UnknownDeploymentException if there is none
     */
    long lineOffset(DeploymentId id, long line);

    /**
     * The number of the line in which an offset lies, counted from 1; lines that were evicted count. A newline belongs to
     * the line that it ends.
     *
     * @throws UnknownDeploymentException if there is none
     * @throws OffsetOutOfRangeException if the offset is past the end
     */
    long lineAt(DeploymentId id, long offset);
}
