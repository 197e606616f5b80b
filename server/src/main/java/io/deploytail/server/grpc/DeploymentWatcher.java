package io.deploytail.server.grpc;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentChange;
import io.deploytail.server.deployment.DeploymentChange.Changed;
import io.deploytail.server.deployment.DeploymentChange.Deleted;
import io.deploytail.server.deployment.DeploymentChanges;
import io.deploytail.server.deployment.InvalidRequestException;
import io.deploytail.server.deployment.Watchers;
import io.deploytail.v1.WatchDeploymentsRequest;
import io.deploytail.v1.WatchDeploymentsResponse;
import io.deploytail.v1.WatchHeartbeat;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Sends one watcher what changes among deployments. It is a cursor in the order of changes: what a slow watcher has not
 * taken waits in the storage, where a later change of the same deployment takes the place of an earlier one.
 */
final class DeploymentWatcher extends PacedStream<WatchDeploymentsResponse> {
    private static final int MAX_CHANGES = 16;

    private final Access deployments;
    private final Watchers watchers;
    private final WatchDeploymentsRequest request;

    private OptionalLong cursor;
    private boolean hasCaughtUp;

    /**
     * A watcher that is yet to be started.
     *
     * @throws InvalidRequestException if the request breaks rules
     */
    DeploymentWatcher(
            Access deployments,
            Watchers watchers,
            WatchDeploymentsRequest request,
            ServerCallStreamObserver<WatchDeploymentsResponse> call,
            Executor executor,
            Duration heartbeatInterval,
            Consumer<PacedStream<WatchDeploymentsResponse>> onClosed) {
        super(call, executor, heartbeatInterval, onClosed);
        this.deployments = requireNonNull(deployments);
        this.watchers = requireNonNull(watchers);
        this.request = Requests.checked(request);
        this.cursor = WatchToken.read(request.getResumeToken());
    }

    @Override
    Caller caller() {
        return deployments.caller();
    }

    @Override
    void subscribe(Runnable onNews) {
        watchers.add(onNews);
    }

    @Override
    void unsubscribe(Runnable onNews) {
        watchers.remove(onNews);
    }

    @Override
    boolean advance() {
        if (cursor.isEmpty()) {
            cursor = OptionalLong.of(deployments.lastChange());
        }
        long since = cursor.getAsLong();
        DeploymentChanges news = deployments.changes(since, MAX_CHANGES);
        for (DeploymentChange change : news.changes()) {
            cursor = OptionalLong.of(change.number());
            if (change instanceof Changed changed && matches(changed.deployment())) {
                send(event().setDeployment(DeploymentMessages.toMessage(changed.deployment()))
                        .build());
            } else if (change instanceof Deleted deleted) {
                send(event().setDeletedDeploymentId(deleted.id().text()).build());
            }
        }
        cursor = OptionalLong.of(news.upTo());
        if (news.upTo() > since) { // perhaps by what this caller does not see
            return true;
        }
        if (hasCaughtUp) {
            sendHeartbeatIfDue();
        } else {
            send(heartbeat());
            hasCaughtUp = true;
        }
        return false;
    }

    private boolean matches(Deployment deployment) {
        return (request.getTarget().isEmpty() || request.getTarget().equals(deployment.target()))
                && deployment
                        .labels()
                        .entrySet()
                        .containsAll(request.getLabelsMap().entrySet());
    }

    @Override
    WatchDeploymentsResponse heartbeat() {
        return event().setHeartbeat(WatchHeartbeat.getDefaultInstance()).build();
    }

    @Override
    String resumption() {
        return cursor.isPresent() ? "resume from the last token" : "";
    }

    private WatchDeploymentsResponse.Builder event() {
        WatchDeploymentsResponse.Builder event = WatchDeploymentsResponse.newBuilder();
        cursor.ifPresent(change -> event.setResumeToken(WatchToken.write(change)));
        return event;
    }
}
