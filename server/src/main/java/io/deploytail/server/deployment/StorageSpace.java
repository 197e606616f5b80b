package io.deploytail.server.deployment;

/**
 * The space that deployments and their logs take on disk.
 *
 * <p>Thread-safe. Every method may throw {@link StorageException}.
 */
public interface StorageSpace {
    /** How many bytes hold something. What was deleted counts until it is reclaimed. */
    long usedBytes();

    /** How many bytes its files take on disk. Asks the file system only, so that it never waits for who writes. */
    long fileBytes();

    /**
     * Takes a short step, one that nobody who writes has to wait for noticeably, in freeing what deleted deployments
     * have left; also those that were deleted before a restart. Returns whether there may be more to do: if not, they
     * have left nothing, and their space is the operating system's again but for a little that is used next.
     */
    boolean reclaimSome();
}
