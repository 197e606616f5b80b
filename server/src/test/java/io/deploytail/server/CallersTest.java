package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.deploytail.server.deployment.Role;
import io.deploytail.server.security.CallerRegistry;
import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.ListDeploymentsResponse;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.WatchDeploymentsRequest;
import io.deploytail.v1.WatchDeploymentsResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that knows its callers: who may do what, and what everybody else is told. */
@Timeout(120)
class CallersTest {
    private static final String UNKNOWN = "01a1fdb9-0c22-778f-827c-827b7d4db884";

    @TempDir
    private Path directory;

    private Path file;
    private CallerRegistry callers;
    private TestServer server;
    private AsCaller admin;
    private AsCaller deployer;
    private AsCaller viewer;

    @BeforeEach
    void start() throws IOException {
        file = directory.resolve("callers.json");
        callers = new CallerRegistry(file);
        String adminToken = callers.addToken("ops", Optional.of(Role.ADMIN), List.of());
        String deployerToken = callers.addToken("ci", Optional.of(Role.DEPLOYER), List.of("tenant-*"));
        String viewerToken = callers.addToken("dashboard", Optional.of(Role.VIEWER), List.of("tenant-a", "shop"));
        server = TestServer.start(directory.resolve("data"), "--callers", file.toString());
        admin = AsCaller.of(server.channel(), adminToken);
        deployer = AsCaller.of(server.channel(), deployerToken);
        viewer = AsCaller.of(server.channel(), viewerToken);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void nobodyIsAnsweredWithoutAToken() {
        List<Consumer<ServerCalls>> calls = List.of(
                caller -> caller.run("true"),
                caller -> caller.get(UNKNOWN),
                caller -> caller.cancel(UNKNOWN),
                CallersTest::list,
                caller -> delete(caller, UNKNOWN),
                caller -> firstOfLog(caller, UNKNOWN),
                caller -> caller.stub()
                        .watchDeployments(WatchDeploymentsRequest.getDefaultInstance())
                        .next());

        for (Consumer<ServerCalls> call : calls) {
            assertThat(status(() -> call.accept(server)).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(status(() -> call.accept(AsCaller.of(server.channel(), "dt_guessed")))
                            .getCode())
                    .isEqualTo(Status.Code.UNAUTHENTICATED);
        }
        assertThat(list(admin).getDeploymentsList()).isEmpty();
    }

    @Test
    void healthAndReflectionAreOpen() throws Exception {
        assertThat(HealthGrpc.newBlockingStub(server.channel())
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
        assertThat(services(server)).contains("deploytail.v1.DeployService");
    }

    @Test
    void reflectionCanBeClosed() throws Exception {
        try (TestServer closed =
                TestServer.start(directory.resolve("closed"), "--callers", file.toString(), "--no-reflection")) {
            assertThat(services(closed)).isEqualTo("UNIMPLEMENTED");
        }
    }

    @Test
    void viewerSeesAndDoesNothing() throws Exception {
        Deployment running = deployer.start(request("tenant-a", "sh", "-c", "echo hello; exec sleep 60"));

        Follower follower = viewer.follow(running);
        follower.awaitText("hello\n");
        assertThat(viewer.get(running.getDeploymentId()).getStartedBy()).isEqualTo("ci");
        assertThat(list(viewer).getDeploymentsList())
                .extracting(Deployment::getTarget)
                .containsExactly("tenant-a");
        assertDenied(() -> viewer.start(request("tenant-a", "true")));
        assertDenied(() -> viewer.cancel(running.getDeploymentId()));
        assertDenied(() -> delete(viewer, running.getDeploymentId()));

        deployer.cancel(running.getDeploymentId());
        assertThat(follower.end().getDeployment().getCancelledBy()).isEqualTo("ci");
    }

    @Test
    void deployerStartsItsTargetsAndCancelsItsOwn() throws Exception {
        Deployment others = admin.start(request("tenant-b", "sleep", "60"));

        assertDenied(() -> deployer.start(request("shop", "true")));
        assertDenied(() -> deployer.run("true"));
        assertDenied(() -> deployer.cancel(others.getDeploymentId()));
        assertDenied(() -> delete(deployer, others.getDeploymentId()));

        Deployment own = deployer.start(request("tenant-a", "sleep", "60"));
        deployer.cancel(own.getDeploymentId());
        assertThat(deployer.awaitEnd(own).getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
        admin.cancel(others.getDeploymentId());
        Deployment ended = admin.awaitEnd(others);
        assertThat(ended.getStartedBy()).isEqualTo("ops");
        assertThat(ended.getCancelledBy()).isEqualTo("ops");
        assertThat(delete(admin, others.getDeploymentId()).getTarget()).isEqualTo("tenant-b");
    }

    @Test
    void whatACallerMayNotSeeIsNotThere() throws Exception {
        Deployment hidden = admin.start(request("billing", "echo", "secret"));
        admin.awaitEnd(hidden);
        String id = hidden.getDeploymentId();

        for (ServerCalls caller : List.of(deployer, viewer)) {
            assertUnknown(() -> caller.get(id), id);
            assertUnknown(() -> caller.cancel(id), id);
            assertUnknown(() -> delete(caller, id), id);
            assertUnknown(() -> firstOfLog(caller, id), id);
            assertUnknown(
                    () -> caller.stub()
                            .streamLogs(StreamLogsRequest.newBuilder()
                                    .setDeploymentId(id)
                                    .setTailLines(1)
                                    .build())
                            .next(),
                    id);
            assertUnknown(
                    () -> caller.stub()
                            .streamLogs(StreamLogsRequest.newBuilder()
                                    .setDeploymentId(id)
                                    .setFromOffset(1_000_000)
                                    .build())
                            .next(),
                    id);
            assertThat(list(caller).getDeploymentsList()).isEmpty();
            assertThat(caller.stub()
                            .listDeployments(ListDeploymentsRequest.newBuilder()
                                    .setTarget("billing")
                                    .build())
                            .getDeploymentsList())
                    .isEmpty();
        }
        delete(admin, id);
        assertUnknown(() -> deployer.get(id), id);
        assertThat(status(() -> admin.get(id)).getDescription()).contains("was deleted at");
    }

    @Test
    void watchTellsOfNothingThatMayNotBeSeen() throws Exception {
        Deployment hidden = admin.start(request("billing", "true"));
        admin.awaitEnd(hidden);
        String token = list(deployer).getWatchToken();
        for (int i = 0; i < 20; i++) {
            admin.awaitEnd(admin.start(request("billing", "true")));
        }
        delete(admin, hidden.getDeploymentId());
        Deployment seen = admin.start(request("tenant-a", "true"));
        admin.awaitEnd(seen);
        delete(admin, seen.getDeploymentId());

        Iterator<WatchDeploymentsResponse> watch = deployer.stub()
                .watchDeployments(WatchDeploymentsRequest.newBuilder()
                        .setResumeToken(token)
                        .build());
        List<String> told = new ArrayList<>();
        WatchDeploymentsResponse event = watch.next();
        while (!event.hasHeartbeat()) {
            told.add(event.getDeletedDeploymentId());
            event = watch.next();
        }
        assertThat(told).containsExactly(seen.getDeploymentId());
    }

    @Test
    void revokedTokenIsWorthlessAtOnceAndItsStreamsEnd() throws Exception {
        Deployment running = deployer.start(request("tenant-a", "sh", "-c", "echo hello; exec sleep 60"));
        Follower follower = deployer.follow(running);
        follower.awaitText("hello\n");

        callers.revokeToken("ci", false);

        Status cut = follower.failure();
        assertThat(cut.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(cut.getDescription()).contains("rights have changed").contains("resume from offset 6");
        assertThat(status(() -> deployer.get(running.getDeploymentId())).getCode())
                .isEqualTo(Status.Code.UNAUTHENTICATED);
        admin.cancel(running.getDeploymentId());
        admin.awaitEnd(running);
    }

    @Test
    void tokensAreRotatedWithoutAPause() throws Exception {
        String second = callers.rotateToken("ci");
        AsCaller renewed = AsCaller.of(server.channel(), second);
        Eventually.until("the new token is known", () -> isKnown(renewed));
        assertThat(isKnown(deployer)).isTrue();

        callers.revokeToken("ci", true);

        Eventually.until("the old token is not known", () -> !isKnown(deployer));
        assertThat(isKnown(renewed)).isTrue();
    }

    @Test
    void callersAreAddedWhileItRuns() throws Exception {
        AsCaller added = AsCaller.of(server.channel(), callers.addToken("new", Optional.of(Role.VIEWER), List.of()));

        Eventually.until("the new caller is known", () -> isKnown(added));
    }

    @Test
    void requestIdsBelongToTheirCallers() throws Exception {
        StartDeployRequest.Builder request = request("tenant-a", "true").setRequestId("r1");
        Deployment first = deployer.start(request);

        assertThat(deployer.start(request).getDeploymentId()).isEqualTo(first.getDeploymentId());
        Deployment ofAdmin = admin.start(request);
        assertThat(ofAdmin.getDeploymentId()).isNotEqualTo(first.getDeploymentId());
        admin.awaitEnd(first);
        admin.awaitEnd(ofAdmin);
    }

    private static boolean isKnown(ServerCalls caller) {
        try {
            list(caller);
            return true;
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
            return false;
        }
    }

    private static StartDeployRequest.Builder request(String target, String... command) {
        return StartDeployRequest.newBuilder().setTarget(target).addAllCommand(List.of(command));
    }

    private static ListDeploymentsResponse list(ServerCalls caller) {
        return caller.stub().listDeployments(ListDeploymentsRequest.getDefaultInstance());
    }

    private static Deployment delete(ServerCalls caller, String id) {
        return caller.stub()
                .deleteDeployment(
                        DeleteDeploymentRequest.newBuilder().setDeploymentId(id).build())
                .getDeployment();
    }

    private static void firstOfLog(ServerCalls caller, String id) {
        caller.stub()
                .streamLogs(StreamLogsRequest.newBuilder().setDeploymentId(id).build())
                .next();
    }

    private static Status status(ThrowingCallable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call).getStatus();
    }

    private static void assertDenied(ThrowingCallable call) {
        assertThat(status(call).getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    /** In the very words for what there never was. */
    private static void assertUnknown(ThrowingCallable call, String id) {
        Status status = status(call);
        assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(status.getDescription()).isEqualTo("there is no deployment " + id);
    }

    /** The names of the services that a server tells of, or the status with which it does not. */
    private static String services(TestServer server) throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        StreamObserver<ServerReflectionRequest> requests = ServerReflectionGrpc.newStub(server.channel())
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse response) {
                        answer.complete(response.getListServicesResponse().toString());
                    }

                    @Override
                    public void onError(Throwable e) {
                        answer.complete(Status.fromThrowable(e).getCode().name());
                    }

                    @Override
                    public void onCompleted() {}
                });
        requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        return answer.get(30, TimeUnit.SECONDS);
    }
}
