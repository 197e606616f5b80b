package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A run that has nothing but output, and fails where it is read after it was released. */
final class FixedOutput implements Run {
    final byte[] bytes;
    int end;
    long released;

    @Nullable
    LogGap gap;

    FixedOutput(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public Optional<LogGap> gapAt(long offset) {
        return gap != null && offset >= gap.offset() && offset < gap.end() ? Optional.of(gap) : Optional.empty();
    }

    @Override
    public byte[] readOutput(long offset, int length) {
        assertThat(offset).isGreaterThanOrEqualTo(released);
        long limit = gap != null && offset < gap.offset() ? gap.offset() : end;
        return Arrays.copyOfRange(bytes, (int) offset, (int) Math.min(limit, offset + length));
    }

    @Override
    public long outputEnd() {
        return end;
    }

    @Override
    public RunStatus status() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isAttended() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean claim() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Instant lastOutput() {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<byte[]> secrets() {
        return List.of();
    }

    @Override
    public void releaseOutput(long offset) {
        released = offset;
    }

    @Override
    public Recorder recorder() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean stopRecording() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int processCount() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int terminate() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int kill() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
