package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that each end of a deployment is told: at least once, and again after a failure, later and later, until it
 * is too old. Once a delivery has succeeded there is another only if the server dies before that is recorded.
 *
 * <p>It works in turns. A turn records how deliveries have gone and begins those that are due. One that is not recorded,
 * as storage fails, keeps its place and is not begun anew.
 *
 * <p>Thread-safe. Fields are confined to the turns unless they are final or volatile.
 */
public final class NoticeDelivery {
    /** How many deliveries are under way at the same time. */
    public static final int MAX_AT_ONCE = 4;

    private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
    private static final Duration LONGEST_DELAY = Duration.ofMinutes(5);
    private static final int DOUBLINGS = 9; // then it is longer than that
    private static final Duration GIVE_UP_AFTER = Duration.ofHours(24);
    private static final Duration STORAGE_RETRY = Duration.ofSeconds(5);
    private static final Duration STOP_MOMENT = Duration.ofSeconds(3);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(2);

    private static final Logger logger = System.getLogger(NoticeDelivery.class.getName());

    private final EndNotices notices;
    private final Messenger messenger;
    private final Clock clock;
    private final Executor executor;
    private final Doorbell doorbell;
    private final Wakeup wakeup;
    private final Semaphore places = new Semaphore(MAX_AT_ONCE);
    private final Queue<Attempt> toRecord = new ConcurrentLinkedQueue<>();

    private volatile boolean isStopped;

    /** The numbers of those that have a place. */
    private final Set<Long> underWay = new HashSet<>();

    private boolean lastTurnFailed;

    /**
     * @param executor has {@link #MAX_AT_ONCE} threads to spare for what may take as long as a delivery
     * @param timers only rings
     */
    public NoticeDelivery(
            EndNotices notices, Messenger messenger, Clock clock, Executor executor, ScheduledExecutorService timers) {
        this.notices = requireNonNull(notices);
        this.messenger = requireNonNull(messenger);
        this.clock = requireNonNull(clock);
        this.executor = requireNonNull(executor);
        this.doorbell = new Doorbell(executor, this::takeTurn);
        this.wakeup = new Wakeup(timers, doorbell::ring);
    }

    /** Looks, soon, whether there is an end to be told. */
    public void ring() {
        doorbell.ring();
    }

    /**
     * Begins no more deliveries, and makes those fail that take longer than a moment. Returns when all are recorded, or
     * after some seconds. The next server goes on from there.
     */
    public void stop() {
        isStopped = true;
        try {
            if (!places.tryAcquire(MAX_AT_ONCE, STOP_MOMENT.toMillis(), TimeUnit.MILLISECONDS)) {
                messenger.stop();
                places.tryAcquire(MAX_AT_ONCE, STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            messenger.stop();
            Thread.currentThread().interrupt();
        }
    }

    private void takeTurn() {
        try {
            recordAttempts();
            beginWhatIsDue();
            lastTurnFailed = false;
        } catch (RuntimeException e) {
            if (!lastTurnFailed) {
                logger.log(Level.WARNING, "cannot read or record which ends are to be told, will retry", e);
            }
            lastTurnFailed = true;
            wakeup.in(STORAGE_RETRY);
        }
    }

    private void recordAttempts() {
        @Nullable Attempt attempt = toRecord.peek();
        while (attempt != null) {
            EndNotice notice = attempt.notice;
            if (attempt.hasFailed) {
                notices.postpone(notice, clock.instant().plus(delayAfter(notice)));
            } else {
                notices.remove(notice);
            }
            toRecord.remove();
            underWay.remove(notice.number());
            places.release();
            attempt = toRecord.peek();
        }
    }

    private void beginWhatIsDue() {
        boolean mayHaveMore = true;
        while (mayHaveMore && !isStopped && places.availablePermits() > 0) {
            mayHaveMore = false;
            Instant now = clock.instant();
            // As many as there are places: with those under way among them, the others fill the free ones.
            for (EndNotice notice : notices.first(MAX_AT_ONCE)) {
                if (underWay.contains(notice.number())) {
                    continue;
                }
                Duration wait = Duration.between(now, notice.nextAttempt());
                if (notice.failures() > 0 && isToCome(wait)) {
                    wakeup.in(wait);
                    return;
                }
                if (Duration.between(notice.endTime(), now).compareTo(GIVE_UP_AFTER) >= 0) {
                    giveUp(notice);
                    mayHaveMore = true;
                } else if (places.tryAcquire()) {
                    underWay.add(notice.number());
                    executor.execute(() -> attempt(notice));
                }
            }
        }
    }

    /** None waits longer than the longest delay, unless the clock was set back. */
    private static boolean isToCome(Duration wait) {
        return wait.compareTo(Duration.ZERO) > 0 && wait.compareTo(LONGEST_DELAY) <= 0;
    }

    private void giveUp(EndNotice notice) {
        notices.remove(notice);
        logger.log(
                Level.WARNING,
                describe(notice) + " is given up: it is older than " + GIVE_UP_AFTER.toHours()
                        + " hours; failed attempts: " + notice.failures());
    }

    private void attempt(EndNotice notice) {
        boolean hasFailed = true;
        try {
            Optional<String> failure = messenger.deliver(notice);
            hasFailed = failure.isPresent();
            failure.ifPresent(why -> logger.log(
                    Level.WARNING,
                    describe(notice) + " could not be told, next attempt in "
                            + delayAfter(notice).toSeconds() + " s: " + why));
        } catch (RuntimeException e) {
            logger.log(Level.ERROR, describe(notice) + " could not be told, will retry", e);
        } finally {
            toRecord.add(new Attempt(notice, hasFailed));
            doorbell.ring();
        }
    }

    /** How long the attempt after the one under way has to wait. */
    private static Duration delayAfter(EndNotice notice) {
        Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(notice.failures(), DOUBLINGS));
        return delay.compareTo(LONGEST_DELAY) < 0 ? delay : LONGEST_DELAY;
    }

    private static String describe(EndNotice notice) {
        return "the end of deployment " + notice.deploymentId() + " at " + notice.endTime();
    }

    private record Attempt(EndNotice notice, boolean hasFailed) {}
}
