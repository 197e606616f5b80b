package io.deploytail.server.web;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.LogSlice;
import java.util.Arrays;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A log as it was written, up to where it reaches now. A part of it can be had by a {@code Range} (RFC 9110, section 14),
 * unless bytes are missing: then there is a line in their place, so that offsets are no longer those of the log.
 */
final class RawLog extends PacedResponse {
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");
    private static final int READ_BYTES = 64 << 10;

    private final Access deployments;
    private final Deployment deployment;
    private final boolean hasGaps;
    private final long end;

    private long cursor;

    private final Consumer<PacedResponse> onClosed;

    private RawLog(
            Exchange exchange,
            Executor executor,
            Consumer<PacedResponse> onClosed,
            Access deployments,
            Deployment deployment,
            long from,
            long end) {
        super(exchange, executor);
        this.onClosed = onClosed;
        this.deployments = deployments;
        this.deployment = deployment;
        this.hasGaps = deployment.log().missing() > 0;
        this.cursor = from;
        this.end = end;
    }

    /**
     * Prepares to send it: {@link #begin} begins.
     *
     * @param onClosed is run when nothing more will be sent
     * @throws RefusedException if the range lies behind the log's end
     */
    static RawLog of(
            Exchange exchange,
            Executor executor,
            Consumer<PacedResponse> onClosed,
            Access deployments,
            Deployment deployment) {
        long size = deployment.log().size();
        long from = 0;
        long end = size;
        int status = 200;
        exchange.with("Content-Security-Policy", "sandbox; default-src 'none'");
        if (exchange.has("download")) {
            exchange.with("Content-Disposition", "attachment; filename=\"" + deployment.id() + ".log\"");
        }
        if (deployment.log().missing() == 0) {
            exchange.with("Accept-Ranges", "bytes");
            Matcher range = RANGE.matcher(exchange.header("Range").orElse(""));
            if (range.matches() && !range.group().equals("bytes=-")) {
                from = first(range, size);
                end = last(range, size) + 1;
                if (from >= size || from >= end) {
                    exchange.with("Content-Range", "bytes */" + size);
                    throw new RefusedException(416, "The log has " + size + " bytes.");
                }
                status = 206;
                exchange.with("Content-Range", "bytes " + from + "-" + (end - 1) + "/" + size);
            }
            exchange.length(end - from);
        }
        exchange.begin(status, Exchange.TEXT);
        RawLog log = new RawLog(exchange, executor, onClosed, deployments, deployment, from, end);
        if (exchange.method().equals("HEAD")) {
            log.cursor = log.end;
        }
        return log;
    }

    @Override
    Caller caller() {
        return deployments.caller();
    }

    @Override
    void closed() {
        onClosed.accept(this);
    }

    private static long first(Matcher range, long size) {
        return range.group(1).isEmpty()
                ? Math.max(0, size - Long.parseLong(range.group(2)))
                : Long.parseLong(range.group(1));
    }

    private static long last(Matcher range, long size) {
        return range.group(1).isEmpty() || range.group(2).isEmpty()
                ? size - 1
                : Math.min(size - 1, Long.parseLong(range.group(2)));
    }

    @Override
    boolean advance() {
        if (cursor >= end) {
            end();
            return false;
        }
        LogSlice slice = deployments.read(deployment.id(), cursor, READ_BYTES);
        if (slice.gap().isPresent()) {
            if (!hasGaps) {
                throw new IllegalStateException("a part of the log was removed while it was sent");
            }
            add("\n[" + LogPieces.describe(slice.gap().get()) + "]\n");
        } else {
            add(slice.end() <= end ? slice.bytes() : Arrays.copyOf(slice.bytes(), (int) (end - cursor)));
        }
        cursor = slice.end();
        return true;
    }
}
