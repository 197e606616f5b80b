package io.deploytail.server.storage;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.AuditEntry;
import io.deploytail.server.deployment.AuditTrail;
import io.deploytail.server.deployment.StorageException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The audit log in SQLite. Thread-safe. */
final class SqliteAuditTrail implements AuditTrail {
    private static final Logger logger = LoggerFactory.getLogger(SqliteAuditTrail.class);

    /** So many entries may wait to be written: whoever is refused often is not to be a burden. */
    private static final int MAX_WAITING = 1000;

    private final WritingConnection writing;
    private final Executor executor;
    private final Consumer<AuditEntry> listener;
    private final Semaphore places = new Semaphore(MAX_WAITING);
    private final AtomicLong dropped = new AtomicLong();

    /**
     * @param executor writes; may block
     * @param listener told of each entry that is recorded
     */
    SqliteAuditTrail(WritingConnection writing, Executor executor, Consumer<AuditEntry> listener) {
        this.writing = requireNonNull(writing);
        this.executor = requireNonNull(executor);
        this.listener = requireNonNull(listener);
    }

    @Override
    public void record(AuditEntry entry) {
        if (!places.tryAcquire()) {
            dropped.incrementAndGet();
            return;
        }
        executor.execute(() -> {
            try {
                write(entry);
            } finally {
                places.release();
            }
        });
    }

    private void write(AuditEntry entry) {
        listener.accept(entry);
        long missing = dropped.getAndSet(0);
        if (missing > 0) {
            logger.warn("{} entries of the audit log were too many at once and are not in it", missing);
        }
        try {
            writing.write(session -> {
                AuditRows.add(session, entry);
                return entry;
            });
        } catch (StorageException e) {
            logger.warn("an entry is not in the audit log: {}", e.getMessage());
        }
    }
}
