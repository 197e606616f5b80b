package io.deploytail.server.storage;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.deploytail.server.deployment.Tally;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection that writes. A change is durable when {@link #write} returns.
 *
 * <p>Changes that come at the same time are committed together, by the thread of one of them: each is put in a queue,
 * and whoever gets the lock first commits all that is there. So one change alone is committed at once, and under load
 * the groups grow by themselves.
 *
 * <p>When a transaction fails, every change in it fails with a {@code StorageException} and none of it is stored; the
 * next one begins afresh. A change that throws an exception of its own fails alone.
 *
 * <p>Thread-safe.
 */
final class WritingConnection implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(WritingConnection.class);

    private static final int MAX_GROUP_BYTES = 1 << 20;

    /** For changes that are no log: the greatest deployment fits into it. */
    private static final int MIN_PROBE_BYTES = 512 << 10;

    private static final String PROBE = "INSERT INTO write_probes (bytes) VALUES (zeroblob(?))";
    private static final String FORGET_PROBES = "DELETE FROM write_probes";

    private final Session session;
    private final Checkpoints checkpoints;
    private final WriteHealth health;
    private final Tally tally;
    private final Queue<Ticket<?>> waiting = new ConcurrentLinkedQueue<>();
    private final ReentrantLock lock;

    @GuardedBy("lock")
    private boolean closed;

    /**
     * @param lock held while a transaction is under way
     * @param checkpoints told what is written
     * @param healthListener as {@link WriteHealth} wants it
     * @param tally told of commits, but for those of housekeeping
     */
    WritingConnection(
            Session session,
            ReentrantLock lock,
            Checkpoints checkpoints,
            Consumer<Boolean> healthListener,
            Tally tally) {
        this.session = session;
        this.lock = lock;
        this.checkpoints = checkpoints;
        this.health = new WriteHealth(healthListener, this::probe);
        this.tally = tally;
    }

    /**
     * A lock that is fair: under an unfair one a thread that has just committed takes the next turn as well, so that
     * groups stay small (half the lines per second with 200 threads) and others, or a checkpoint, wait for a second.
     */
    static ReentrantLock newLock() {
        return new ReentrantLock(true);
    }

    /** Commits a change and returns its result. */
    <T> T write(Work<T> change) {
        return write(0, change);
    }

    /** Commits a change that adds so many bytes to a log, and returns its result. */
    <T> T write(int logBytes, Work<T> change) {
        return await(enqueue(logBytes, change));
    }

    /** Puts a change where the next commit takes it along. */
    <T> Ticket<T> enqueue(int logBytes, Work<T> change) {
        Ticket<T> ticket = new Ticket<>(logBytes, change);
        waiting.add(ticket);
        return ticket;
    }

    /** Returns when the change is committed, by this thread or another. */
    <T> T await(Ticket<T> ticket) {
        lock.lock();
        try {
            while (!ticket.isDone()) {
                checkpoints.awaitRoom(); // before a group is taken: another thread may come in meanwhile
                commitNextGroup();
            }
        } finally {
            lock.unlock();
        }
        health.tellIfChanged();
        return ticket.result();
    }

    /**
     * Commits a change of housekeeping, which adds about so many bytes to the write-ahead log, and returns its result.
     * It goes alone, so that its failure is nobody else's, and leaves the health as it is: that housekeeping finds no
     * place on a full disk hurts nobody, and that it finds one does not mean that a log would. It waits where others would
     * have to wait for its sake.
     */
    <T> T writeApart(long walBytes, Work<T> change) {
        Ticket<T> ticket = new Ticket<>(0, change);
        lock.lock();
        try {
            checkpoints.awaitDone();
            if (tryCommit(List.of(ticket))) {
                ticket.committed();
                checkpoints.wrote(1, walBytes);
            }
        } catch (SQLException | RuntimeException | Error e) {
            try {
                rollBack();
            } finally {
                ticket.failed(e);
            }
        } finally {
            lock.unlock();
        }
        return ticket.result();
    }

    @GuardedBy("lock")
    private void commitNextGroup() {
        List<Ticket<?>> group = nextGroup();
        long startNanos = System.nanoTime();
        if (commit(group)) {
            tally.committed(group.size(), logBytes(group), System.nanoTime() - startNanos);
        }
    }

    @GuardedBy("lock")
    private List<Ticket<?>> nextGroup() {
        List<Ticket<?>> group = new ArrayList<>();
        int bytes = 0;
        @Nullable Ticket<?> next = waiting.poll();
        while (next != null) {
            group.add(next);
            bytes += next.logBytes();
            next = bytes < MAX_GROUP_BYTES ? waiting.poll() : null;
        }
        return group;
    }

    /**
     * Commits a group; again without the change in it that has refused, for as long as one does. Returns whether
     * anything was committed: what is left in the group then.
     */
    @GuardedBy("lock")
    private boolean commit(List<Ticket<?>> group) {
        while (!group.isEmpty()) {
            boolean committed;
            try {
                committed = tryCommit(group);
            } catch (SQLException | RuntimeException | Error e) {
                try {
                    rollBack();
                } finally {
                    fail(group, e);
                }
                return false;
            }
            if (committed) {
                succeed(group);
                return true;
            }
            group.removeIf(Ticket::isDone);
        }
        return false;
    }

    /** Commits the group and returns true, or rolls back and returns false as soon as a change in it refuses. */
    @GuardedBy("lock")
    private boolean tryCommit(List<Ticket<?>> group) throws SQLException {
        session.update("BEGIN IMMEDIATE");
        for (Ticket<?> ticket : group) {
            if (!ticket.apply(session)) {
                session.update("ROLLBACK");
                return false;
            }
        }
        session.update("COMMIT");
        return true;
    }

    private void rollBack() {
        try {
            session.update("ROLLBACK");
        } catch (SQLException e) {
            // Nothing to worry about: there was no beginning yet, or SQLite has rolled back by itself.
            logger.debug("could not roll back", e);
        }
    }

    @GuardedBy("lock")
    private void succeed(List<Ticket<?>> group) {
        group.forEach(Ticket::committed);
        health.succeeded(logBytes(group));
        checkpoints.wrote(group.size(), logBytes(group));
    }

    @GuardedBy("lock")
    private void fail(List<Ticket<?>> group, Throwable failure) {
        group.forEach(ticket -> ticket.failed(failure));
        if (!closed) {
            health.failed(logBytes(group), failure);
        }
    }

    private static int logBytes(List<Ticket<?>> group) {
        return group.stream().mapToInt(Ticket::logBytes).sum();
    }

    /** Writes so many bytes and deletes them again, apart from what others write, who must not fail because of it. */
    private void probe(int bytes) {
        lock.lock();
        try {
            checkpoints.awaitRoom();
            int tried = Math.max(bytes, MIN_PROBE_BYTES);
            Ticket<?> probe = new Ticket<>(tried, session -> {
                session.update(FORGET_PROBES); // of a server that died in the middle of this
                return session.update(PROBE, tried);
            });
            commitAlone(probe);
            if (probe.isCommitted()) {
                commitAlone(new Ticket<>(0, session -> session.update(FORGET_PROBES)));
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void commitAlone(Ticket<?> change) {
        commit(new ArrayList<>(List.of(change)));
    }

    /** Commits what waits and closes the connection. Every later change fails. */
    @Override
    public void close() {
        health.close();
        lock.lock();
        try {
            while (!waiting.isEmpty()) {
                commitNextGroup();
            }
            closed = true;
            session.close();
        } finally {
            lock.unlock();
        }
    }
}
