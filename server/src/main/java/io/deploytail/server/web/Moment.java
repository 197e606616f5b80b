package io.deploytail.server.web;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** A point in time as a page shows it; the browser puts it into its own time zone. */
public record Moment(Instant time) {
    private static final DateTimeFormatter TEXT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    /** For machines. */
    public String iso() {
        return time.toString();
    }

    /** For people. */
    public String text() {
        return TEXT.format(time);
    }
}
