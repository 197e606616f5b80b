package io.deploytail.server.storage;

import io.deploytail.server.deployment.StorageException;
import java.sql.SQLException;
import java.util.function.Supplier;

/** A change that waits for its commit, and then what came of it. Guarded by the lock of the writing connection. */
final class Ticket<T> {
    private final Work<T> change;
    private final int logBytes;
    private Supplier<T> answer = () -> {
        throw new IllegalStateException("not done yet");
    };
    private boolean done;
    private boolean committed;

    Ticket(int logBytes, Work<T> change) {
        this.logBytes = logBytes;
        this.change = change;
    }

    int logBytes() {
        return logBytes;
    }

    boolean isDone() {
        return done;
    }

    /**
     * Makes the change within the open transaction. Returns whether it wants to be committed: if it has refused by an
     * exception of its own, the ticket is done, and what it may have written must not stay.
     */
    boolean apply(Session session) throws SQLException {
        try {
            T result = change.in(session);
            answer = () -> result;
            return true;
        } catch (RuntimeException refusal) {
            answer = () -> {
                throw refusal;
            };
            done = true;
            return false;
        }
    }

    boolean isCommitted() {
        return committed;
    }

    /** The change is durable. */
    void committed() {
        committed = true;
        done = true;
    }

    /** Nothing of the change is stored. */
    void failed(Throwable cause) {
        answer = () -> {
            throw new StorageException("could not write to the database", cause);
        };
        done = true;
    }

    /** What the change returned, or its refusal or failure as an exception. Only when done. */
    T result() {
        return answer.get();
    }
}
