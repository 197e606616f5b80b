package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** What one read of a log returned: bytes, or a gap, or neither. */
public final class LogSlice {
    /**
     * How far apart the deltas in one slice may have been read. Well under the second that the API promises, since a
     * delta's own bytes may be some hundred milliseconds apart.
     */
    public static final Duration MAX_SPAN = Duration.ofMillis(250);

    private final Deployment deployment;
    private final long offset;
    private final Instant time;
    private final byte[] bytes;
    private final Optional<LogGap> gap;

    /**
     * The slice keeps the array, which nobody may change after this.
     *
     * @param time when the first byte was read from the command; anything if there is none
     */
    public LogSlice(Deployment deployment, long offset, Instant time, byte[] bytes) {
        this.deployment = requireNonNull(deployment);
        this.offset = offset;
        this.time = requireNonNull(time);
        this.bytes = requireNonNull(bytes);
        this.gap = Optional.empty();
    }

    /** A slice that is a gap. */
    public LogSlice(Deployment deployment, LogGap gap) {
        this.deployment = requireNonNull(deployment);
        this.offset = gap.offset();
        this.time = Instant.EPOCH;
        this.bytes = new byte[0];
        this.gap = Optional.of(gap);
    }

    /** The deployment in the same snapshot as the bytes. */
    public Deployment deployment() {
        return deployment;
    }

    /** The log offset of the first byte. */
    public long offset() {
        return offset;
    }

    /** The log offset after the last byte, or after the gap. */
    public long end() {
        return gap.map(LogGap::end).orElse(offset + bytes.length);
    }

    /** When the first byte was read from the command. */
    public Instant time() {
        return time;
    }

    /** The bytes themselves, not a copy. */
    public byte[] bytes() {
        return bytes;
    }

    /** The gap that is here instead of bytes. */
    public Optional<LogGap> gap() {
        return gap;
    }

    /** Whether there is nothing at the offset, or not yet. */
    public boolean isEmpty() {
        return end() == offset;
    }

    /** Whether the deployment has ended and nothing follows this slice. */
    public boolean isLast() {
        return deployment.state().isFinal() && end() == deployment.log().size();
    }
}
