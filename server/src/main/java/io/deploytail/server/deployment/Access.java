package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What one caller sees of deployments and may do with them. What it may not see is to it as if it were not there: unknown
 * by its id, not in lists, not among changes.
 *
 * <p>Thread-safe. Methods throw what those of {@link Deployments} do.
 */
public final class Access {
    private final Deployments deployments;
    private final Caller caller;
    private final Actor actor;

    Access(Deployments deployments, Caller caller, String origin) {
        this.deployments = requireNonNull(deployments);
        this.caller = requireNonNull(caller);
        this.actor = new Actor(caller.name(), origin);
    }

    /** Whose access it is. */
    public Caller caller() {
        return caller;
    }

    /**
     * Starts a deployment, or queues it, in the caller's name.
     *
     * @throws NotAllowedException if the caller may not start what it asks for
     * @throws LimitReachedException if it has started as many as it may
     */
    public Deployment start(DeployRequest request) {
        require(Role.DEPLOYER, "start deployments");
        DeployRequest resolved = deployments.recipes().resolve(request.by(actor), caller.role());
        RequestRules.check(resolved); // first: what is refused is to be named in full
        if (!sees(resolved.target())) {
            throw new NotAllowedException(
                    resolved.target().isEmpty()
                            ? "you may not start deployments without a target, only of " + caller.targets()
                            : "you may not start deployments of this target, only of " + caller.targets());
        }
        return deployments.start(resolved, caller);
    }

    /** The recipes that the caller may start deployments by, in the order of their names. */
    public List<Recipe> recipes() {
        return caller.role().includes(Role.DEPLOYER) ? deployments.recipes().of(caller.role()) : List.of();
    }

    /** The deployment as it is now. */
    public Deployment get(DeploymentId id) {
        return visible(id, Function.identity(), () -> deployments.get(id));
    }

    /** A page of those deployments that the caller sees, newest first. */
    public DeploymentPage list(DeploymentQuery query) {
        return deployments.list(query.visibleTo(caller.targets()));
    }

    /** The changes that the caller sees, as of {@link DeploymentStore#changes}. */
    public DeploymentChanges changes(long since, int limit) {
        DeploymentChanges changes = deployments.changes(since, limit);
        if (caller.targets().isAll()) {
            return changes;
        }
        List<DeploymentChange> seen = new ArrayList<>(changes.changes());
        seen.removeIf(change -> !sees(change.target()));
        return new DeploymentChanges(seen, changes.upTo());
    }

    /** As {@link DeploymentStore#lastChange}. */
    public long lastChange() {
        return deployments.lastChange();
    }

    /**
     * Records the wish to end a deployment, in the caller's name.
     *
     * @param reason for people, may be empty
     * @throws NotAllowedException if the caller sees it but may not cancel it
     */
    public Deployment cancel(DeploymentId id, String reason) {
        if (!mayCancel(get(id))) {
            throw new NotAllowedException(
                    caller.role().includes(Role.DEPLOYER)
                            ? "you may not cancel deployments that others have started"
                            : "you may not cancel deployments");
        }
        return deployments.cancel(id, reason, actor);
    }

    /** Whether the caller may cancel this deployment, which it sees. */
    public boolean mayCancel(Deployment deployment) {
        return caller.role().includes(Role.ADMIN)
                || (caller.role().includes(Role.DEPLOYER)
                        && deployment.startedBy().equals(caller.name()));
    }

    /**
     * Deletes a deployment that has ended.
     *
     * @throws NotAllowedException if the caller sees it but may not delete it
     */
    public Deployment delete(DeploymentId id) {
        get(id);
        require(Role.ADMIN, "delete deployments");
        return deployments.delete(id, actor);
    }

    /** As {@link LogStore#read}. */
    public LogSlice read(DeploymentId id, long offset, int maxBytes) {
        if (caller.targets().isAll()) {
            return deployments.read(id, offset, maxBytes);
        }
        try {
            return visible(id, LogSlice::deployment, () -> deployments.read(id, offset, maxBytes));
        } catch (OffsetOutOfRangeException e) {
            get(id); // or it would tell that it is there
            throw e;
        }
    }

    /** As {@link LogStore#tailOffset}. */
    public long tailOffset(DeploymentId id, long lines) {
        requireVisible(id);
        return deployments.tailOffset(id, lines);
    }

    /** As {@link LogStore#lineOffset}. */
    public long lineOffset(DeploymentId id, long line) {
        requireVisible(id);
        return deployments.lineOffset(id, line);
    }

    /** As {@link LogStore#lineAt}. */
    public long lineAt(DeploymentId id, long offset) {
        requireVisible(id);
        return deployments.lineAt(id, offset);
    }

    /** As {@link Deployments#tail}, of a deployment that the caller has seen before. */
    public Optional<LogTail> tail(DeploymentId id) {
        return deployments.tail(id);
    }

    /** As {@link Deployments#silence}, of a deployment that the caller has seen before. */
    public Optional<Duration> silence(DeploymentId id) {
        return deployments.silence(id);
    }

    /** As {@link Deployments#followers}. */
    public Followers followers() {
        return deployments.followers();
    }

    private void require(Role role, String what) {
        if (!caller.role().includes(role)) {
            throw new NotAllowedException("you may not " + what);
        }
    }

    private boolean sees(String target) {
        return caller.targets().include(target);
    }

    private void requireVisible(DeploymentId id) {
        if (!caller.targets().isAll()) {
            get(id);
        }
    }

    private <T> T visible(DeploymentId id, Function<T, Deployment> deploymentOf, Supplier<T> asked) {
        T answer;
        try {
            answer = asked.get();
        } catch (UnknownDeploymentException e) {
            throw sees(e.target()) ? e : new UnknownDeploymentException(id.text());
        }
        if (!sees(deploymentOf.apply(answer).target())) {
            throw new UnknownDeploymentException(id.text());
        }
        return answer;
    }
}
