package io.deploytail.client;

import io.deploytail.v1.LogGap;

/** Why bytes of a log are missing. */
public enum GapReason {
    /** The command wrote more than the server keeps of one log, or more than it lets wait. */
    LOG_LIMIT,
    /** They could not be written to the server's disk, which was full, most likely. */
    DISK_FULL,
    /** The process that records the output, or what it had recorded, was lost. */
    COPIER_LOST,
    /** The server does not say, or gives a reason that this client does not know: the server is newer. */
    UNKNOWN;

    static GapReason fromMessage(LogGap.Reason reason) {
        return switch (reason) {
            case REASON_LOG_LIMIT -> LOG_LIMIT;
            case REASON_DISK_FULL -> DISK_FULL;
            case REASON_COPIER_LOST -> COPIER_LOST;
            case REASON_UNSPECIFIED, UNRECOGNIZED -> UNKNOWN;
        };
    }
}
