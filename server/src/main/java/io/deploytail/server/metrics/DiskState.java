package io.deploytail.server.metrics;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Backlog;
import io.deploytail.server.deployment.DeploymentStore;
import io.deploytail.server.deployment.StorageSpace;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What only the disk tells, which may answer late or never. So one thread asks it, one question at a time, and whoever
 * wants to know waits for a bounded time. Thread-safe.
 */
public final class DiskState {
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final Logger logger = System.getLogger(DiskState.class.getName());

    private final DeploymentStore deployments;
    private final StorageSpace space;
    private final Path runs;
    private final Clock clock;
    private final Executor executor;
    private final AtomicBoolean isReading = new AtomicBoolean();

    private volatile Optional<Values> last = Optional.empty();

    /**
     * @param runs where the run directories are
     * @param executor a thread that nobody else needs: it may be kept for as long as the disk hangs
     */
    public DiskState(DeploymentStore deployments, StorageSpace space, Path runs, Clock clock, Executor executor) {
        this.deployments = requireNonNull(deployments);
        this.space = requireNonNull(space);
        this.runs = requireNonNull(runs);
        this.clock = requireNonNull(clock);
        this.executor = requireNonNull(executor);
    }

    /** Looks again. Waits a second for that at most, and not at all if others have asked for it and wait already. */
    public void refresh() {
        if (!isReading.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<Void> reading = CompletableFuture.runAsync(this::read, executor);
        try {
            reading.get(LIMIT.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            last = Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        try {
            Backlog backlog = deployments.backlog();
            Duration age = backlog.oldest()
                    .map(oldest -> Duration.between(oldest, clock.instant()))
                    .filter(waited -> !waited.isNegative())
                    .orElse(Duration.ZERO);
            last = Optional.of(new Values(backlog.size(), age, space.fileBytes(), DirectorySize.of(runs)));
        } catch (RuntimeException e) {
            logger.log(Level.WARNING, "cannot read what the metrics say of the disk", e);
            last = Optional.empty();
        } finally {
            isReading.set(false);
        }
    }

    /** As it was found last; empty as long as that is not known. */
    Optional<Values> last() {
        return last;
    }

    /** What was found. */
    record Values(int queued, Duration oldestAge, long databaseBytes, long runsBytes) {
        double oldestAgeSeconds() {
            return oldestAge.toMillis() / 1000.0;
        }
    }
}
