package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

/**
 * Bytes that the command wrote and that are not stored, or no longer. They keep their offsets. Never empty.
 *
 * @param offset the log offset of the first of them
 * @param end the log offset after the last of them
 * @param isExact false if more may be missing: the number is the least that it can be, or 1 if not even that is known
 */
public record LogGap(long offset, long end, Reason reason, boolean isExact) {
    /** Why they are missing. */
    public enum Reason {
        /** There were more than is kept of one log, or more than may wait to be committed. */
        LOG_LIMIT,
        /** They could not be written to the disk. */
        DISK_FULL,
        /** The process that recorded the output, or what it had recorded, was lost. */
        COPIER_LOST
    }

    public LogGap {
        requireNonNull(reason);
        if (offset < 0 || end <= offset) {
            throw new IllegalArgumentException("bad gap: " + offset + " to " + end);
        }
    }

    /** How many bytes it spans. */
    public long size() {
        return end - offset;
    }

    /** What of it lies at or behind an offset within it. */
    public LogGap from(long start) {
        return start <= offset ? this : new LogGap(start, end, reason, isExact);
    }
}
