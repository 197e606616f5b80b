package io.deploytail.client.cli;

import io.deploytail.client.LogEvent;

/** A gap in a log in words. */
final class GapText {
    private GapText() {}

    static String of(LogEvent.Gap gap) {
        long missing = gap.nextOffset() - gap.offset();
        return (gap.isAtLeast() ? "at least " : "") + DeploymentText.count(missing, "byte") + " of the log "
                + (missing == 1 ? "is" : "are") + " missing here" + reason(gap);
    }

    private static String reason(LogEvent.Gap gap) {
        return switch (gap.reason()) {
            case LOG_LIMIT -> ": the command wrote more than the server keeps";
            case DISK_FULL -> ": the server's disk was full";
            case COPIER_LOST -> ": what recorded the output on the server was killed, or its files were removed";
            case UNKNOWN -> "";
        };
    }
}
