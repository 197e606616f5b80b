package io.deploytail.server.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Appends to one deployment's log, evicts from it, and remembers what was appended. Not thread-safe. */
public final class LogAppender {
    public static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");

    private final LogStore logs;
    private final Deployment deployment;
    private final ByteArrayOutputStream expected = new ByteArrayOutputStream();
    private LogExtent extent = LogExtent.EMPTY;

    /** The deployment's log is still empty. */
    public LogAppender(LogStore logs, Deployment deployment) {
        this.logs = logs;
        this.deployment = deployment;
    }

    public DeploymentId id() {
        return deployment.id();
    }

    public LogExtent extent() {
        return extent;
    }

    /** Every byte appended so far, with a NUL for each that is missing from the start. */
    public byte[] expected() {
        return expected.toByteArray();
    }

    public LogAppender append(String text) {
        return append(text.getBytes(UTF_8));
    }

    public LogAppender append(byte[] bytes) {
        return append(NOON, bytes);
    }

    public LogAppender append(Instant time, byte[] bytes) {
        return append(time, List.of(bytes));
    }

    /** Appends deltas of these bytes at once. */
    public LogAppender append(Instant time, List<byte[]> pieces) {
        List<LogDelta> deltas = new ArrayList<>();
        LogExtent after = extent;
        for (byte[] bytes : pieces) {
            LogDelta delta = new LogDelta(after.size(), time, bytes);
            deltas.add(delta);
            after = after.plus(delta);
        }
        logs.append(deployment.number(), deltas, after);
        extent = after;
        pieces.forEach(expected::writeBytes);
        return this;
    }

    public LogAppender appendGap(int size, LogGap.Reason reason) {
        return appendGap(new LogGap(extent.size(), extent.size() + size, reason, true));
    }

    public LogAppender appendGap(LogGap gap) {
        LogExtent after = extent.plus(gap);
        logs.append(deployment.number(), gap, after);
        extent = after;
        expected.writeBytes(new byte[(int) gap.size()]);
        return this;
    }

    public LogAppender evict(long beginning, long bytes) {
        extent = logs.evict(deployment.number(), beginning, bytes);
        return this;
    }
}
