package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.LockSupport;

/**
 * Deletes what need not be kept, the one that ended first first and never one that has not ended, and reclaims the space
 * of what was deleted, by whomever.
 *
 * <p>Each time it is rung it does all there is to do, one deployment after the other; the space of one is free before it
 * is asked whether another has to go. What failed, on a full disk, say, is tried again some seconds later.
 *
 * <p>Age is counted by the clock, from the end time that is recorded. A clock that is wrongly set far ahead makes
 * everything old; one that was set back only lets things stay longer. It can't be told from a server that was down for
 * as long, so there is no guard against it here.
 *
 * <p>Thread-safe. Fields are confined to the turns unless they are final or volatile.
 */
public final class Retention {
    private static final Duration RETRY_INTERVAL = Duration.ofSeconds(5);

    private static final Logger logger = System.getLogger(Retention.class.getName());

    private final RetentionLimits limits;
    private final DeploymentStore deployments;
    private final StorageSpace space;
    private final Clock clock;
    private final Doorbell doorbell;
    private final Wakeup retry;

    private volatile boolean isStopped;

    private boolean lastTurnFailed;

    /**
     * @param executor has a thread to spare for what may take minutes
     * @param timers only rings
     */
    public Retention(
            RetentionLimits limits,
            DeploymentStore deployments,
            StorageSpace space,
            Clock clock,
            Executor executor,
            ScheduledExecutorService timers) {
        this.limits = requireNonNull(limits);
        this.deployments = requireNonNull(deployments);
        this.space = requireNonNull(space);
        this.clock = requireNonNull(clock);
        this.doorbell = new Doorbell(executor, this::takeTurn);
        this.retry = new Wakeup(timers, doorbell::ring);
    }

    /** Looks, soon, whether there is something to do. */
    public void ring() {
        doorbell.ring();
    }

    /** Stops within a step. The next server goes on from there. */
    public void stop() {
        isStopped = true;
    }

    private void takeTurn() {
        try {
            deleteWhatHasToGo();
            lastTurnFailed = false;
        } catch (RuntimeException e) {
            if (!lastTurnFailed) {
                logger.log(Level.WARNING, "cannot free what is deleted or to be deleted, will retry", e);
            }
            lastTurnFailed = true;
            retry.in(RETRY_INTERVAL);
        }
    }

    private void deleteWhatHasToGo() {
        boolean hasDeleted = true;
        while (hasDeleted && !isStopped) {
            reclaim();
            Optional<Deployment> oldest = deployments.firstEnded();
            Optional<String> reason = oldest.flatMap(this::reasonToDelete);
            reason.ifPresent(why -> delete(oldest.orElseThrow(), why));
            hasDeleted = reason.isPresent();
        }
    }

    /** Rests after each step for as long as it took: others need the processor and the disk as well. */
    private void reclaim() {
        long begin = System.nanoTime();
        while (!isStopped && space.reclaimSome()) {
            LockSupport.parkNanos(System.nanoTime() - begin);
            begin = System.nanoTime();
        }
    }

    private Optional<String> reasonToDelete(Deployment ended) {
        Duration age = Duration.between(ended.endTime().orElseThrow(), clock.instant());
        if (limits.keepFor().filter(time -> age.compareTo(time) > 0).isPresent()) {
            return Optional.of("it ended longer ago than deployments are kept");
        }
        if (limits.keepBytes().isPresent()
                && space.usedBytes() > limits.keepBytes().getAsLong()) {
            return Optional.of("more than " + limits.keepBytes().getAsLong() + " bytes are in use");
        }
        return Optional.empty();
    }

    private void delete(Deployment ended, String reason) {
        try {
            Deployment deleted = deployments.delete(ended.id(), clock.instant());
            logger.log(Level.INFO, "deleted " + describe(deleted) + ": " + reason);
        } catch (UnknownDeploymentException e) {
            // somebody else was faster
        }
    }

    /** Which one it was, for the log. */
    static String describe(Deployment deleted) {
        return "deployment " + deleted.id()
                + (deleted.target().isEmpty() ? "" : " (target " + deleted.target() + ")")
                + deleted.endTime().map(time -> ", ended at " + time).orElse("") + ", log "
                + deleted.log().size() + " bytes";
    }
}
