package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogSlice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Parts of a log as a page shows them: some hundred lines, from the beginning of one to the end of another, however long
 * the log is. Where lines are very long, fewer, and a part may begin or end within one. Thread-safe.
 */
final class LogWindows {
    private static final int LINES = 500;
    private static final int MAX_BYTES = 256 << 10;
    private static final int READ_BYTES = 64 << 10;

    /** A character fits. */
    private static final int MIN_READ_BYTES = 4;

    private final Access deployments;

    LogWindows(Access deployments) {
        this.deployments = requireNonNull(deployments);
    }

    /** The last lines. */
    String tail(DeploymentId id) {
        return before(id, deployments.get(id).log().size());
    }

    /** The lines that come before an offset. */
    String before(DeploymentId id, long offset) {
        long line = deployments.lineAt(id, offset);
        long start = deployments.lineOffset(id, Math.max(1, line - LINES));
        if (offset - start > MAX_BYTES) {
            start = lineBehind(id, offset - MAX_BYTES, offset);
        }
        return read(id, start, offset, Integer.MAX_VALUE);
    }

    /** Where the first line begins at or behind an offset; the offset itself if there is none before the limit. */
    private long lineBehind(DeploymentId id, long offset, long limit) {
        LogSlice slice = deployments.read(id, offset, MIN_READ_BYTES);
        if (slice.gap().isPresent()) {
            long gap = deployments.lineOffset(id, deployments.lineAt(id, slice.end()));
            boolean isItsBeginning =
                    deployments.read(id, gap, MIN_READ_BYTES).gap().isPresent();
            return isItsBeginning ? gap : offset; // it is shown whole, unless it is within a line
        }
        long next = deployments.lineOffset(id, deployments.lineAt(id, offset) + 1);
        return next > offset && next < limit ? next : offset;
    }

    /** The lines from an offset on. */
    String after(DeploymentId id, long offset) {
        return read(id, offset, Long.MAX_VALUE, LINES);
    }

    /** The lines around one; the last ones if it is not there. */
    String around(DeploymentId id, long line) {
        long wanted = deployments.lineOffset(id, line);
        if (wanted == deployments.get(id).log().size()) {
            return tail(id); // there is no such line yet
        }
        long start = deployments.lineOffset(id, Math.max(1, line - LINES / 2));
        return after(id, wanted - start > MAX_BYTES / 2 ? lineBehind(id, wanted - MAX_BYTES / 2, wanted) : start);
    }

    private String read(DeploymentId id, long start, long limit, int maxLines) {
        List<String> pieces = new ArrayList<>();
        long cursor = start;
        long size = 0;
        int lines = 0;
        long bytes = 0;
        boolean mayHaveMore = true;
        while (mayHaveMore && cursor < limit && lines < maxLines && bytes < MAX_BYTES) {
            int wanted = (int) Math.max(MIN_READ_BYTES, Math.min(READ_BYTES, limit - cursor));
            LogSlice slice = deployments.read(id, cursor, wanted);
            size = slice.deployment().log().size();
            if (slice.gap().isPresent()) {
                cursor = slice.end();
                pieces.add(LogPieces.gap(slice.gap().get(), deployments.lineAt(id, cursor)));
            } else if (slice.isEmpty()) {
                mayHaveMore = false;
            } else {
                byte[] text =
                        cut(slice.bytes(), (int) Math.min(slice.bytes().length, limit - cursor), maxLines - lines);
                cursor += text.length;
                lines += LogDelta.countNewlines(text);
                bytes += text.length;
                pieces.add(LogPieces.text(slice.time(), text, cursor));
            }
        }
        long known = Math.min(limit, Math.max(size, cursor)); // what came since the caller has looked is still to come
        return "{\"start\":" + start + ",\"end\":" + cursor + ",\"size\":" + known + ",\"line\":"
                + deployments.lineAt(id, start) + ",\"pieces\":"
                + pieces.stream().collect(Collectors.joining(",", "[", "]")) + "}";
    }

    /** The first so many bytes, or fewer if they have more lines than that. */
    private static byte[] cut(byte[] bytes, int length, int maxLines) {
        int end = 0;
        for (int lines = 0; end < length && lines < maxLines; end++) {
            if (bytes[end] == '\n') {
                lines++;
            }
        }
        return end == bytes.length ? bytes : Arrays.copyOf(bytes, end);
    }
}
