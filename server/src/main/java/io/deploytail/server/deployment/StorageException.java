package io.deploytail.server.deployment;

/** What must be durable could not be written or read. The same call may succeed later. */
public final class StorageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public StorageException(String message, Throwable cause) {
        super(message, cause);
    }
}
