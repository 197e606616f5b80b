package io.deploytail.server.deployment;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The durable record of all deployments. What a method has done is committed when it returns; if it throws, nothing was
 * done.
 *
 * <p>At most one deployment per target is RUNNING at any time, whoever asks. Creation, start, stop and end of a deployment
 * are recorded in this order: a time from a clock that was set back becomes that of what came before.
 *
 * <p>Thread-safe. Reads never wait for writes. Every method may throw {@link StorageException}.
 */
public interface DeploymentStore {
    /**
     * Records a new deployment: RUNNING if its target is free, nobody waits in its line or only for a free place, and
     * fewer than the limit are running, QUEUED otherwise. That goes into the audit log. A request whose id is known makes
     * none and gets the one made before.
     *
     * @param workingDirectory the resolved one, never empty
     * @throws WouldQueueException if it would have to wait and does not want to
     * @throws QueueFullException if it would have to wait and as many wait as may
     * @throws RequestIdReusedException if the request id belongs to a request with other content
     */
    Admission admit(DeploymentId id, DeployRequest request, String workingDirectory, Instant now, Limits limits);

    /**
     * Makes those queued deployments RUNNING that may start now, oldest first, and returns them.
     */
    List<Deployment> startWaiting(Instant now, Limits limits);

    /**
     * Records the wish to end a deployment, unless there is one already or it has ended; ends it at once, as CANCELLED,
     * if it is queued. Returns it as it is then.
     *
     * @throws UnknownDeploymentException if there is none
     */
    default Deployment requestStop(DeploymentId id, Stop stop) {
        return requestStop(id, stop, Actor.SERVER.origin());
    }

    /**
     * As {@link #requestStop(DeploymentId, Stop)}, and what it changes goes into the audit log.
     *
     * @param origin from where whoever wishes it has called
     */
    Deployment requestStop(DeploymentId id, Stop stop, String origin);

    /**
     * Records the end of a running deployment and returns its final form. If a stop was recorded, its reason wins over
     * this outcome's.
     */
    Deployment finish(DeploymentId id, Outcome outcome, Instant now);

    /** As {@link #finish}, but a deployment that is to be stopped stays RUNNING, and its stop is to be carried out. */
    Deployment finishUnlessStopped(DeploymentId id, Outcome outcome, Instant now);

    /**
     * Removes a deployment that has ended, with its log, for good, and returns it as it was. From now on its id is
     * unknown, and its request id free. What its log took on disk is for {@link StorageSpace#reclaimSome} to free.
     *
     * @throws UnknownDeploymentException if there is none
     * @throws NotEndedException if it has not ended
     */
    default Deployment delete(DeploymentId id, Instant now) {
        return delete(id, now, Actor.SERVER);
    }

    /** As {@link #delete(DeploymentId, Instant)}, by this one. It goes into the audit log. */
    Deployment delete(DeploymentId id, Instant now, Actor actor);

    /** The deployment as it is now. */
    Optional<Deployment> find(DeploymentId id);

    /**
     * The deployment as it is now.
     *
     * @throws UnknownDeploymentException if there is none; says when it was deleted, if it was one of the newest
     *     100,000 that were
     */
    Deployment get(DeploymentId id);

    /**
     * The deployment made by the request with this id, which is not empty.
     *
     * @throws RequestIdReusedException if the request id belongs to a request with other content
     */
    Optional<Deployment> findByRequest(DeployRequest request);

    /** A page of deployments, newest first. */
    DeploymentPage list(DeploymentQuery query);

    /**
     * The changes behind a number, in their order, the newest of each deployment only. Those in the line of a target
     * change when they get another place or another holder; those without a target do not.
     *
     * @param since the number of a change; 0 for the beginning
     * @param limit how many to return at most; fewer, even if more follow, where they are very long
     * @throws ChangeOutOfRangeException if deletions since then are no longer known, or if there is no such change
     */
    DeploymentChanges changes(long since, int limit);

    /** The number of the last change; 0 if there was none. */
    long lastChange();

    /** How many wait, and since when. */
    Backlog backlog();

    /** Every deployment that has not ended, oldest first. */
    List<Deployment> unfinished();

    /** Of those that have ended, the one that ended first; empty if there are none. */
    Optional<Deployment> firstEnded();
}
