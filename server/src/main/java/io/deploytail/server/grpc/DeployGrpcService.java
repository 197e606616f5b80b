package io.deploytail.server.grpc;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentPage;
import io.deploytail.server.deployment.Deployments;
import io.deploytail.server.deployment.FairShare;
import io.deploytail.server.deployment.Identities;
import io.deploytail.server.deployment.RequestRules;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.deployment.Watchers;
import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.CancelDeploymentResponse;
import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.DeleteDeploymentResponse;
import io.deploytail.v1.DeployServiceGrpc.DeployServiceImplBase;
import io.deploytail.v1.GetDeploymentRequest;
import io.deploytail.v1.GetDeploymentResponse;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.ListDeploymentsResponse;
import io.deploytail.v1.ListRecipesRequest;
import io.deploytail.v1.ListRecipesResponse;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StartDeployResponse;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.deploytail.v1.WatchDeploymentsRequest;
import io.deploytail.v1.WatchDeploymentsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * {@code deploytail.v1.DeployService}: each call is one call of the domain. It must be served behind {@link Authentication},
 * which says who calls. Thread-safe.
 */
public final class DeployGrpcService extends DeployServiceImplBase {
    /** The least is what gRPC would take; with two and more chunks, the next is read while the one before is sent. */
    private static final FairShare BUFFER = new FairShare(4 << 20, 32 << 10, 256 << 10);

    private final Deployments deployments;
    private final Watchers watchers;
    private final Executor executor;
    private final Duration heartbeatInterval;
    private final Tally tally;
    private final Identities identities;
    private final SharedChunks chunks = new SharedChunks();
    private final Set<PacedStream<?>> streams = ConcurrentHashMap.newKeySet();

    private volatile boolean isStopping;

    /**
     * A service that sends a heartbeat on a stream after this time without a message, if {@link #beat} is called more
     * often than that.
     *
     * @param watchers rung after each change among the deployments
     * @param executor runs what streams need; may block on storage
     * @param tally told of what is sent of logs
     * @param identities tells whether callers still have the rights with which they were let in
     */
    public DeployGrpcService(
            Deployments deployments,
            Watchers watchers,
            Executor executor,
            Duration heartbeatInterval,
            Tally tally,
            Identities identities) {
        this.deployments = requireNonNull(deployments);
        this.watchers = requireNonNull(watchers);
        this.executor = requireNonNull(executor);
        this.heartbeatInterval = requireNonNull(heartbeatInterval);
        this.tally = requireNonNull(tally);
        this.identities = requireNonNull(identities);
    }

    @Override
    public void startDeploy(StartDeployRequest request, StreamObserver<StartDeployResponse> call) {
        answer(call, () -> {
            Deployment deployment = access().start(Requests.deployRequest(request));
            return StartDeployResponse.newBuilder()
                    .setDeploymentId(deployment.id().text())
                    .addAllWarnings(RequestRules.warnings(request.getSecretEnvMap()))
                    .setDeployment(DeploymentMessages.toMessage(deployment))
                    .build();
        });
    }

    @Override
    public void getDeployment(GetDeploymentRequest request, StreamObserver<GetDeploymentResponse> call) {
        answer(call, () -> {
            Deployment deployment = access().get(Requests.deploymentId(request.getDeploymentId()));
            return GetDeploymentResponse.newBuilder()
                    .setDeployment(DeploymentMessages.toMessage(deployment))
                    .build();
        });
    }

    @Override
    public void listDeployments(ListDeploymentsRequest request, StreamObserver<ListDeploymentsResponse> call) {
        answer(call, () -> {
            DeploymentPage page = access().list(Requests.query(request));
            ListDeploymentsResponse.Builder response = ListDeploymentsResponse.newBuilder();
            page.deployments().forEach(each -> response.addDeployments(DeploymentMessages.toMessage(each)));
            response.setWatchToken(WatchToken.write(page.lastChange()));
            page.next().ifPresent(before -> response.setNextPageToken(PageToken.write(request, before)));
            return response.build();
        });
    }

    @Override
    public void listRecipes(ListRecipesRequest request, StreamObserver<ListRecipesResponse> call) {
        answer(call, () -> {
            ListRecipesResponse.Builder response = ListRecipesResponse.newBuilder();
            access().recipes().forEach(recipe -> response.addRecipes(RecipeMessages.toMessage(recipe)));
            return response.build();
        });
    }

    @Override
    public void cancelDeployment(CancelDeploymentRequest request, StreamObserver<CancelDeploymentResponse> call) {
        answer(call, () -> {
            CancelDeploymentRequest checked = Requests.checked(request);
            Deployment deployment =
                    access().cancel(Requests.deploymentId(checked.getDeploymentId()), checked.getReason());
            return CancelDeploymentResponse.newBuilder()
                    .setDeployment(DeploymentMessages.toMessage(deployment))
                    .build();
        });
    }

    @Override
    public void deleteDeployment(DeleteDeploymentRequest request, StreamObserver<DeleteDeploymentResponse> call) {
        answer(call, () -> {
            Deployment deployment = access().delete(Requests.deploymentId(request.getDeploymentId()));
            return DeleteDeploymentResponse.newBuilder()
                    .setDeployment(DeploymentMessages.toMessage(deployment))
                    .build();
        });
    }

    @Override
    public void streamLogs(StreamLogsRequest request, StreamObserver<StreamLogsResponse> call) {
        stream(
                call,
                () -> new LogFollower(
                        access(),
                        request,
                        (ServerCallStreamObserver<StreamLogsResponse>) call,
                        chunks,
                        tally,
                        executor,
                        heartbeatInterval,
                        this::forget));
    }

    @Override
    public void watchDeployments(WatchDeploymentsRequest request, StreamObserver<WatchDeploymentsResponse> call) {
        stream(
                call,
                () -> new DeploymentWatcher(
                        access(),
                        watchers,
                        request,
                        (ServerCallStreamObserver<WatchDeploymentsResponse>) call,
                        executor,
                        heartbeatInterval,
                        this::forget));
    }

    private Access access() {
        return deployments.of(Authentication.caller(), Authentication.origin());
    }

    private <T> void stream(StreamObserver<T> call, Supplier<PacedStream<T>> maker) {
        PacedStream<T> stream;
        try {
            stream = maker.get();
            deployments.quotas().openStream(stream.caller());
        } catch (RuntimeException | Error e) {
            call.onError(GrpcErrors.toStatus(e));
            return;
        }
        streams.add(stream);
        stream.start(BUFFER.of(streams.size()));
        if (!identities.knows(stream.caller())) {
            stream.revoke(); // its rights have changed since it was let in
        }
        if (isStopping) {
            stream.stop(); // it may have come too late to be told with the others
        }
    }

    private void forget(PacedStream<?> stream) {
        if (streams.remove(stream)) {
            deployments.quotas().closeStream(stream.caller());
        }
    }

    /** How many follow a log. */
    public long followers() {
        return logFollowers().count();
    }

    /** How many bytes of its log the slowest of them has yet to be sent; 0 if there is none. */
    public long maxFollowerLag() {
        return logFollowers().mapToLong(LogFollower::lag).max().orElse(0);
    }

    private Stream<LogFollower> logFollowers() {
        return streams.stream().filter(LogFollower.class::isInstance).map(LogFollower.class::cast);
    }

    /** Sends heartbeats where they are due. */
    public void beat() {
        streams.forEach(PacedStream::ring);
    }

    /** Cuts off those whose rights have changed. */
    public void recheck() {
        streams.stream().filter(each -> !identities.knows(each.caller())).forEach(PacedStream::revoke);
    }

    /** Tells everyone who follows or watches to come back later, and where to resume, and takes no new ones. */
    public void stopStreams() {
        isStopping = true;
        streams.forEach(PacedStream::stop);
    }

    private static <T> void answer(StreamObserver<T> call, Supplier<T> answer) {
        T response;
        try {
            response = answer.get();
        } catch (RuntimeException | Error e) {
            call.onError(GrpcErrors.toStatus(e));
            return;
        }
        call.onNext(response);
        call.onCompleted();
    }
}
