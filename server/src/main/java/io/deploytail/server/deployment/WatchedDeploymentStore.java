package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A store that rings its watchers after each change that goes through it. Thread-safe. */
public final class WatchedDeploymentStore implements DeploymentStore {
    private final DeploymentStore store;
    private final Watchers watchers;

    /** @param watchers rung when a change is committed, by the thread that has made it */
    public WatchedDeploymentStore(DeploymentStore store, Watchers watchers) {
        this.store = requireNonNull(store);
        this.watchers = requireNonNull(watchers);
    }

    @Override
    public Admission admit(
            DeploymentId id, DeployRequest request, String workingDirectory, Instant now, Limits limits) {
        return changed(store.admit(id, request, workingDirectory, now, limits));
    }

    @Override
    public List<Deployment> startWaiting(Instant now, Limits limits) {
        List<Deployment> started = store.startWaiting(now, limits);
        return started.isEmpty() ? started : changed(started);
    }

    @Override
    public Deployment requestStop(DeploymentId id, Stop stop, String origin) {
        return changed(store.requestStop(id, stop, origin));
    }

    @Override
    public Deployment finish(DeploymentId id, Outcome outcome, Instant now) {
        return changed(store.finish(id, outcome, now));
    }

    @Override
    public Deployment finishUnlessStopped(DeploymentId id, Outcome outcome, Instant now) {
        return changed(store.finishUnlessStopped(id, outcome, now));
    }

    @Override
    public Deployment delete(DeploymentId id, Instant now, Actor actor) {
        return changed(store.delete(id, now, actor));
    }

    private <T> T changed(T result) {
        watchers.ring();
        return result;
    }

    @Override
    public Optional<Deployment> find(DeploymentId id) {
        return store.find(id);
    }

    @Override
    public Deployment get(DeploymentId id) {
        return store.get(id);
    }

    @Override
    public Optional<Deployment> findByRequest(DeployRequest request) {
        return store.findByRequest(request);
    }

    @Override
    public DeploymentPage list(DeploymentQuery query) {
        return store.list(query);
    }

    @Override
    public DeploymentChanges changes(long since, int limit) {
        return store.changes(since, limit);
    }

    @Override
    public long lastChange() {
        return store.lastChange();
    }

    @Override
    public Backlog backlog() {
        return store.backlog();
    }

    @Override
    public List<Deployment> unfinished() {
        return store.unfinished();
    }

    @Override
    public Optional<Deployment> firstEnded() {
        return store.firstEnded();
    }
}
