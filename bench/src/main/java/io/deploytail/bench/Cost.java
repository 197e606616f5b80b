package io.deploytail.bench;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What something costs while it runs: processor time of the whole machine, and the most memory that some processes and
 * their descendants had at one time, looked at five times a second. Thread-safe.
 */
final class Cost implements AutoCloseable {
    private final ScheduledExecutorService sampler = Executors.newSingleThreadScheduledExecutor();
    private final Future<?> sampling;
    private final List<Long> roots;
    private final double cpuBefore = Proc.machineCpuSeconds();
    private final long nanosBefore = System.nanoTime();
    private volatile long peakBytes;

    /** Begins. */
    Cost(long... roots) {
        this.roots = LongStream.of(roots).boxed().toList();
        sampling = sampler.scheduleWithFixedDelay(this::sample, 0, 200, TimeUnit.MILLISECONDS);
    }

    private void sample() {
        long bytes = roots.stream()
                .flatMap(root -> ProcessHandle.of(root).stream())
                .flatMap(root -> Stream.concat(Stream.of(root), root.descendants()))
                .mapToLong(process -> Proc.residentBytes(process.pid()))
                .sum();
        peakBytes = Math.max(peakBytes, bytes);
    }

    double seconds() {
        return (System.nanoTime() - nanosBefore) / 1e9;
    }

    double machineCpuSeconds() {
        return Proc.machineCpuSeconds() - cpuBefore;
    }

    double peakMegabytes() {
        return peakBytes / 1e6;
    }

    @Override
    public void close() {
        sampling.cancel(false);
        sampler.shutdownNow();
    }
}
