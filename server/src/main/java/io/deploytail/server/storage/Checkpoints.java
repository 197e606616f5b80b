package io.deploytail.server.storage;

import io.deploytail.server.deployment.Doorbell;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves what was written from the write-ahead log (WAL) into the database file, on a thread and a connection of its own,
 * so that commits do not wait for the disk, and keeps the WAL from growing for ever.
 *
 * <p>SQLite begins the WAL anew only with a write that finds all of it moved. Under constant writing there is always
 * something new, so a WAL that has become long is moved once more while writing pauses; only what came meanwhile is left
 * then. Should the disk be too slow even for that, writing waits for it. A reader in the middle of an old snapshot can
 * still prevent the new beginning: then, at a hard limit, writing pauses until the readers are through, for about half
 * a second at most.
 *
 * <p>Thread-safe.
 */
final class Checkpoints implements AutoCloseable {
    /**
     * When to do what, in bytes of WAL.
     *
     * @param start how much is written before the next checkpoint
     * @param pause beyond this, writing pauses for the rest of a checkpoint
     * @param settle beyond this, writing pauses until no reader needs the WAL; without such readers it is never reached
     */
    record Thresholds(long start, long pause, long settle) {
        static final Thresholds DEFAULT = new Thresholds(8 << 20, 32 << 20, 128 << 20);

        /** How much may be written before a checkpoint has begun, and once more before it is done. */
        long ahead() {
            return (settle - pause) / 2;
        }
    }

    private static final Logger logger = LoggerFactory.getLogger(Checkpoints.class);

    private static final int PAGE_BYTES = 4096;

    /** A rough upper bound: the pages that a change writes besides those that its log bytes fill. */
    private static final int PAGES_PER_CHANGE = 4;

    private static final int SETTLE_ATTEMPTS = 10;
    private static final long RING_AGAIN_SECONDS = 1;
    private static final long CLOSE_SECONDS = 10;

    private final Session session;
    private final Lock writing;
    private final Thresholds thresholds;
    private final Condition begun;
    private final Condition done;
    private final ExecutorService thread;
    private final Doorbell due;

    private boolean isUnderWay; // or asked for; guarded by the lock
    private boolean isToFinish; // guarded by the lock
    private long written; // since the last checkpoint began; guarded by the lock
    private boolean lastRingFailed; // guarded by the lock
    private long settleBeyond; // confined to the doorbell's turns

    /**
     * @param session used for nothing else
     * @param writing held by whoever writes
     */
    Checkpoints(Session session, Lock writing, Thresholds thresholds) {
        this(session, writing, thresholds, newThread());
    }

    Checkpoints(Session session, Lock writing, Thresholds thresholds, ExecutorService thread) {
        this.session = session;
        this.writing = writing;
        this.begun = writing.newCondition();
        this.done = writing.newCondition();
        this.thresholds = thresholds;
        this.settleBeyond = thresholds.settle();
        this.thread = thread;
        this.due = new Doorbell(thread, this::checkpoint);
    }

    private static ExecutorService newThread() {
        ThreadPoolExecutor thread = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                DaemonThreads.named("storage-checkpoint"),
                new DiscardPolicy());
        thread.prestartCoreThread(); // later the host may have none left
        return thread;
    }

    /** Notes a commit. Returns at once. To be called with the lock held. */
    void wrote(int changes, long logBytes) {
        written += logBytes + (long) changes * PAGES_PER_CHANGE * PAGE_BYTES;
        if (written >= thresholds.start()) {
            ring();
        }
    }

    /**
     * Waits until more may be written. To be called with the lock held, which is given away meanwhile. Does not wait for
     * a checkpoint that can't be had, nor when interrupted: that only makes the WAL longer.
     */
    void awaitRoom() {
        try {
            while (written >= thresholds.ahead() && ring()) {
                begun.await(RING_AGAIN_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Waits until no checkpoint is under way: for whoever writes much and has time, so that the others need not wait for
     * the checkpoints that are due to it. To be called with the lock held, which is given away meanwhile. Does not wait
     * when interrupted.
     */
    void awaitDone() {
        try {
            while (isUnderWay) {
                done.await(RING_AGAIN_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Soon moves all that is written, also what comes meanwhile, so that a file that has become too long is cut. */
    void finishSoon() {
        writing.lock();
        try {
            isToFinish = true;
            ring();
        } finally {
            writing.unlock();
        }
    }

    /** Asks for a checkpoint. False if the host has no room for one: nothing that is committed may fail for that. */
    private boolean ring() {
        try {
            due.ring();
            isUnderWay = true;
            lastRingFailed = false;
        } catch (RuntimeException | Error e) {
            if (!lastRingFailed) {
                logger.warn("could not begin to move the write-ahead log into the database; trying again", e);
            }
            lastRingFailed = true;
        }
        return !lastRingFailed;
    }

    private void checkpoint() {
        try {
            boolean finishes = makeRoom();
            long walBytes = run("PRAGMA wal_checkpoint(PASSIVE)").walBytes();
            if (walBytes > settleBeyond) {
                // If it stays busy, someone outside keeps a snapshot: do not stop the writers for that too often.
                settleBeyond = trySettle() ? thresholds.settle() : 2 * walBytes;
            } else if (finishes || walBytes > thresholds.pause()) {
                finishWhilePaused();
            } else {
                settleBeyond = thresholds.settle();
            }
        } catch (SQLException | RuntimeException | Error e) {
            logger.warn("could not move the write-ahead log into the database; trying again later", e);
        } finally {
            tellThatItIsDone();
        }
    }

    private void tellThatItIsDone() {
        writing.lock();
        try {
            isUnderWay = false;
            done.signalAll();
        } finally {
            writing.unlock();
        }
    }

    /** Lets others write on. Returns whether the checkpoint is to move what they write meanwhile. */
    private boolean makeRoom() {
        writing.lock();
        try {
            boolean finishes = isToFinish;
            isToFinish = false;
            written = 0;
            begun.signalAll();
            return finishes;
        } finally {
            writing.unlock();
        }
    }

    private void finishWhilePaused() throws SQLException {
        writing.lock();
        try {
            run("PRAGMA wal_checkpoint(PASSIVE)");
        } finally {
            writing.unlock();
        }
    }

    /**
     * Pauses writing until no reader needs the WAL; returns whether that came about. It takes several short attempts:
     * within one, SQLite may go on waiting for a place that newer readers have taken, who are not in the way at all.
     */
    private boolean trySettle() throws SQLException {
        writing.lock();
        try {
            for (int attempt = 0; attempt < SETTLE_ATTEMPTS; attempt++) {
                if (!run("PRAGMA wal_checkpoint(RESTART)").busy()) {
                    return true;
                }
            }
            return false;
        } finally {
            writing.unlock();
        }
    }

    private Result run(String pragma) throws SQLException {
        return session.first(pragma, row -> new Result(row.getInt(1) != 0, row.getLong(2) * PAGE_BYTES))
                .orElseThrow();
    }

    /** Moves all that is left, and closes the connection. To be called when nobody writes any more. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                logger.warn("a checkpoint is still under way; the next start will finish it");
                return;
            }
            run("PRAGMA wal_checkpoint(TRUNCATE)");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        } catch (SQLException e) {
            logger.warn("could not move the write-ahead log into the database; the next start will", e);
        }
        session.close();
    }

    /**
     * What a checkpoint found.
     *
     * @param busy whether someone was in its way
     * @param walBytes how long the WAL is; it may be moved already
     */
    private record Result(boolean busy, long walBytes) {}
}
