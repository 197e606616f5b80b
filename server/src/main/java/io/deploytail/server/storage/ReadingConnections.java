package io.deploytail.server.storage;

import io.deploytail.server.deployment.StorageException;
import java.sql.SQLException;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A few connections that read. Each read sees one snapshot of the database, waits for no write, and waits a bounded time
 * for a free connection. Connections are opened when they are first needed.
 *
 * <p>Thread-safe.
 */
final class ReadingConnections implements AutoCloseable {
    private static final long WAIT_SECONDS = 5;

    private final Database database;
    private final int size;
    private final Semaphore places;
    private final Deque<Session> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    ReadingConnections(Database database, int size) {
        this.database = database;
        this.size = size;
        this.places = new Semaphore(size, true);
    }

    /** Runs a query within one snapshot and returns its result. */
    <T> T read(Work<T> query) {
        try {
            takePlace();
            try {
                return readInPlace(query);
            } finally {
                places.release();
            }
        } catch (SQLException | TimeoutException e) {
            throw new StorageException("could not read from the database", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StorageException("interrupted before reading from the database", e);
        }
    }

    private void takePlace() throws InterruptedException, TimeoutException {
        if (!places.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new TimeoutException("no connection was free within " + WAIT_SECONDS + " s");
        }
    }

    private <T> T readInPlace(Work<T> query) throws SQLException {
        Session session = idleOrNew();
        boolean isWhole = false;
        try {
            T result = inSnapshot(session, query);
            isWhole = true;
            return result;
        } catch (RuntimeException refusal) {
            isWhole = true;
            throw refusal;
        } finally {
            if (isWhole && !closed) {
                idle.push(session);
                closeIfTooLate(session);
            } else {
                session.close(); // a connection that failed is not trusted again
            }
        }
    }

    /** A session that came back just after {@link #close} had closed the idle ones. */
    private void closeIfTooLate(Session session) {
        if (closed && idle.remove(session)) {
            session.close();
        }
    }

    private Session idleOrNew() throws SQLException {
        if (closed) {
            throw new SQLException("the storage is closed");
        }
        @Nullable Session session = idle.poll();
        return session != null ? session : database.openForReading();
    }

    private static <T> T inSnapshot(Session session, Work<T> query) throws SQLException {
        session.update("BEGIN");
        try {
            return query.in(session);
        } finally {
            session.update("ROLLBACK");
        }
    }

    /** Waits a bounded time for the reads under way and closes the connections. Every later read fails. */
    @Override
    public void close() {
        closed = true;
        try {
            if (places.tryAcquire(size, WAIT_SECONDS, TimeUnit.SECONDS)) {
                places.release(size);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Session session = idle.poll(); session != null; session = idle.poll()) {
            session.close();
        }
    }
}
