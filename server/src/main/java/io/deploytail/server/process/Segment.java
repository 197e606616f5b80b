package io.deploytail.server.process;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.LogGap;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file with a part of a run's output, as its name tells; {@code record.sh} gives these names.
 *
 * @param start the log offset of its first byte
 * @param reason why bytes between the segment before it and this one are missing, if some are
 * @param isExact false if more bytes may be missing there than the offsets tell
 */
record Segment(Path file, long start, LogGap.Reason reason, boolean isExact) {
    static final String FIRST = "segment.00000000000000000000";

    /** The only file, of a run that was started before there were segments. */
    private static final String WHOLE_OUTPUT = "output";

    private static final Pattern NAME =
            Pattern.compile("segment\\.(?<start>\\d{20})(?:\\.(?<reason>[A-Z_]+)(?<atleast>\\.atleast)?)?");

    Segment {
        requireNonNull(file);
        requireNonNull(reason);
    }

    /** The segment that a file is; empty if it is none. */
    static Optional<Segment> of(Path file) {
        String name = file.getFileName().toString();
        if (name.equals(WHOLE_OUTPUT)) {
            return Optional.of(new Segment(file, 0, LogGap.Reason.COPIER_LOST, true));
        }
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        // Where the name gives no reason, the segment before it was whole: if that is gone, somebody else removed it.
        String reason = Optional.ofNullable(matcher.group("reason")).orElse(LogGap.Reason.COPIER_LOST.name());
        return Optional.of(new Segment(
                file,
                Long.parseLong(matcher.group("start")),
                LogGap.Reason.valueOf(reason),
                matcher.group("atleast") == null));
    }

    /** What is missing before it from this offset on. */
    LogGap gapFrom(long offset) {
        return new LogGap(offset, start, reason, isExact);
    }
}
