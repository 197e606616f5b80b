package io.deploytail.server.deployment;

import java.time.Instant;
import java.util.List;

/**
 * The durable record of the ends that are still to be told. A deployment's notice is there as soon as its end is
 * recorded, due at once, and stays when the deployment is deleted. What a method has done is committed when it returns; if
 * it throws, nothing was done.
 *
 * <p>Thread-safe. Every method may throw {@link StorageException}.
 */
public interface EndNotices {
    /** So many, or all there are: those whose next attempt comes first, in that order. */
    List<EndNotice> first(int limit);

    /** Counts a failed attempt and puts the next one off. */
    void postpone(EndNotice notice, Instant nextAttempt);

    /** Removes one that was told or given up. */
    void remove(EndNotice notice);
}
