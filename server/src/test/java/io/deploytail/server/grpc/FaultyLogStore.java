package io.deploytail.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogExtent;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.LogStore;
import io.deploytail.server.deployment.StorageException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A log store that counts its reads, which fail once {@link #breakReads} or {@link #runOutOfMemory} is called, and that
 * loses a delta after {@link #loseNextDelta}, and may be told to stall. Thread-safe.
 */
final class FaultyLogStore implements LogStore {
    private final LogStore logs;
    private final AtomicInteger reads = new AtomicInteger();
    private final Set<Thread> readers = ConcurrentHashMap.newKeySet();
    private volatile boolean isBroken;
    private volatile boolean isOutOfMemory;
    private final AtomicBoolean losesNextDelta = new AtomicBoolean();
    private final CountDownLatch stalled = new CountDownLatch(1);
    private volatile CountDownLatch stalling = new CountDownLatch(0);

    FaultyLogStore(LogStore logs) {
        this.logs = logs;
    }

    void breakReads() {
        isBroken = true;
    }

    void runOutOfMemory() {
        isOutOfMemory = true;
    }

    /** The next delta becomes a gap, and its append fails: so whoever appends learns of the gap. */
    void loseNextDelta() {
        losesNextDelta.set(true);
    }

    /** From now on appends wait for {@link #goOn}. */
    void stall() {
        stalling = new CountDownLatch(1);
    }

    /** Waits until an append waits. */
    void awaitStalled() throws InterruptedException {
        assertThat(stalled.await(60, TimeUnit.SECONDS)).isTrue();
    }

    void goOn() {
        stalling.countDown();
    }

    int reads() {
        return reads.get();
    }

    /** The threads that have read. */
    Set<Thread> readers() {
        return readers;
    }

    @Override
    public void append(long number, List<LogDelta> deltas, LogExtent after) {
        if (stalling.getCount() > 0) {
            stalled.countDown();
            await(stalling);
        }
        if (losesNextDelta.compareAndSet(true, false)) {
            LogGap gap = new LogGap(deltas.get(0).offset(), after.size(), LogGap.Reason.DISK_FULL, true);
            long missing = after.missing() + gap.size();
            LogExtent afterGap =
                    new LogExtent(after.size(), after.newlines(), after.endsInLine(), after.crc32c(), missing);
            logs.append(number, gap, afterGap);
            throw new StorageException("broken by the test", new IOException("no disk"));
        }
        logs.append(number, deltas, after);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void append(long number, LogGap gap, LogExtent after) {
        logs.append(number, gap, after);
    }

    @Override
    public LogExtent evict(long number, long beginning, long bytes) {
        return logs.evict(number, beginning, bytes);
    }

    @Override
    public LogSlice read(DeploymentId id, long offset, int maxBytes) {
        reads.incrementAndGet();
        readers.add(Thread.currentThread());
        if (isBroken) {
            throw new StorageException("broken by the test", new IOException("no disk"));
        }
        if (isOutOfMemory) {
            throw new OutOfMemoryError("by the test");
        }
        return logs.read(id, offset, maxBytes);
    }

    @Override
    public long tailOffset(DeploymentId id, long lines) {
        return logs.tailOffset(id, lines);
    }

    @Override
    public long lineOffset(DeploymentId id, long line) {
        return logs.lineOffset(id, line);
    }

    @Override
    public long lineAt(DeploymentId id, long offset) {
        return logs.lineAt(id, offset);
    }
}
