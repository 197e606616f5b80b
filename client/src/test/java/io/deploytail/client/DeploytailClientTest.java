package io.deploytail.client;

import static io.deploytail.client.FakeDeployService.ID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import io.deploytail.client.InvalidRequestException.FieldViolation;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.StartDeployRequest;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeploytailClientTest {
    private final FakeServer server = new FakeServer();
    private final FakeDeployService service = server.service;
    private final DeploytailClient client = server.client();

    @AfterEach
    void closeServer() {
        server.close();
    }

    @Test
    void startIsRepeatedWithTheSameRequestIdWhileTheServerIsUnavailable() throws Exception {
        service.failNextCall(Status.UNAVAILABLE.asRuntimeException());

        Deployment deployment = client.start(DeployRequest.of("./release.sh"));

        assertThat(deployment.id()).isEqualTo(ID);
        StartDeployRequest first = service.startRequests.take();
        assertThat(first.getRequestId()).isNotEmpty();
        assertThat(service.startRequests.take()).isEqualTo(first);
    }

    @Test
    void aRequestSaysEverythingThatWasSet() throws Exception {
        client.start(DeployRequest.builder(List.of("./release.sh", "a b"))
                .requestId("r1")
                .target("web")
                .env("NAME", "value")
                .workingDirectory("/srv")
                .label("branch", "main")
                .timeout(Duration.ofMinutes(10))
                .silenceTimeout(Duration.ofMillis(1500))
                .build());

        StartDeployRequest sent = service.startRequests.take();
        assertThat(sent.getRequestId()).isEqualTo("r1");
        assertThat(sent.getTarget()).isEqualTo("web");
        assertThat(sent.getCommandList()).containsExactly("./release.sh", "a b");
        assertThat(sent.getEnvMap()).containsEntry("NAME", "value");
        assertThat(sent.getWorkingDirectory()).isEqualTo("/srv");
        assertThat(sent.getLabelsMap()).containsEntry("branch", "main");
        assertThat(ProtoTimes.toJava(sent.getTimeout())).isEqualTo(Duration.ofMinutes(10));
        assertThat(ProtoTimes.toJava(sent.getSilenceTimeout())).isEqualTo(Duration.ofMillis(1500));
    }

    @Test
    void givesUpWhenTheServerStaysUnavailable() {
        DeploytailClient impatient = server.clientBuilder()
                .retryPolicy(FakeServer.QUICK.withCallPatience(Duration.ZERO))
                .build();
        service.failNextCall(Status.UNAVAILABLE.withDescription("stopping").asRuntimeException());

        assertThatThrownBy(() -> impatient.get(ID))
                .isInstanceOf(ServerUnavailableException.class)
                .hasMessageContaining("deploys.example:50051")
                .hasMessageContaining("stopping");
    }

    @ParameterizedTest
    @CsvSource({
        "NOT_FOUND, DeploymentNotFoundException",
        "INVALID_ARGUMENT, InvalidRequestException",
        "ALREADY_EXISTS, RequestConflictException",
        "RESOURCE_EXHAUSTED, RequestRefusedException",
        "PERMISSION_DENIED, AccessDeniedException",
        "UNAUTHENTICATED, AccessDeniedException",
        "INTERNAL, ServerFaultException",
        "UNIMPLEMENTED, ServerFaultException"
    })
    void aFailureHasTheClassThatSaysWhatCanBeDone(Status.Code code, String exception) {
        service.failNextCall(code.toStatus().withDescription("for a reason").asRuntimeException());

        DeploytailException thrown = catchThrowableOfType(DeploytailException.class, () -> client.get(ID));

        assertThat(thrown.getClass().getSimpleName()).isEqualTo(exception);
        assertThat(thrown).hasMessageContaining("for a reason");
    }

    @Test
    void namesTheFieldsThatBreakARule() {
        BadRequest details = BadRequest.newBuilder()
                .addFieldViolations(BadRequest.FieldViolation.newBuilder()
                        .setField("command")
                        .setDescription("must not be empty"))
                .build();
        service.failNextCall(StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(Code.INVALID_ARGUMENT_VALUE)
                .setMessage("bad request")
                .addDetails(Any.pack(details))
                .build()));

        InvalidRequestException thrown =
                catchThrowableOfType(InvalidRequestException.class, () -> client.start(DeployRequest.of()));

        assertThat(thrown.violations()).containsExactly(new FieldViolation("command", "must not be empty"));
    }

    @Test
    void tellsWhenToTryAgainIfTheServerDoes() {
        service.failNextCall(Status.RESOURCE_EXHAUSTED.asRuntimeException());
        assertThat(catchThrowableOfType(RequestRefusedException.class, () -> client.get(ID))
                        .retryAfter())
                .isEmpty();

        RetryInfo retry =
                RetryInfo.newBuilder().setRetryDelay(Durations.fromMillis(1500)).build();
        service.failNextCall(StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(Code.RESOURCE_EXHAUSTED_VALUE)
                .addDetails(Any.pack(retry))
                .build()));
        assertThat(catchThrowableOfType(RequestRefusedException.class, () -> client.get(ID))
                        .retryAfter())
                .contains(Duration.ofMillis(1500));
    }

    @Test
    void turnsEmptyPagesUntilTheLastOne() {
        service.lists(named(""), named("a"), named(""), named("b"), named(""));

        assertThat(client.listAll(DeploymentQuery.builder().build()).map(Deployment::id))
                .containsExactly("a", "b");
    }

    @Test
    void turnsPagesOnlyWhenTheyAreNeeded() {
        service.lists(named("a"), named("b"), named("c"));

        List<String> ids = client.listAll(DeploymentQuery.builder()
                        .target("web")
                        .state(DeploymentState.RUNNING)
                        .label("branch", "main")
                        .createdFrom(Instant.ofEpochSecond(5))
                        .createdBefore(Instant.ofEpochSecond(9))
                        .build())
                .limit(2)
                .map(Deployment::id)
                .toList();

        assertThat(ids).containsExactly("a", "b");
        assertThat(service.listRequests)
                .hasSize(2)
                .extracting(ListDeploymentsRequest::getPageToken)
                .containsExactly("", "1");
        assertThat(service.listRequests).allSatisfy(request -> {
            assertThat(request.getTarget()).isEqualTo("web");
            assertThat(request.getStatesList()).containsExactly(io.deploytail.v1.Deployment.State.STATE_RUNNING);
            assertThat(request.getLabelsMap()).containsEntry("branch", "main");
            assertThat(request.getCreatedFrom().getSeconds()).isEqualTo(5);
            assertThat(request.getCreatedBefore().getSeconds()).isEqualTo(9);
        });
    }

    @Test
    void cancelSaysWhy() throws Exception {
        client.cancel(ID, "wrong branch");

        assertThat(service.cancelRequests.take().getReason()).isEqualTo("wrong branch");
    }

    @Test
    void doesNotRepeatACallWhoseAnswerTookLongerThanItsPatience() {
        AtomicLong nanos = new AtomicLong();
        DeploytailClient slow = server.clientBuilder().nanoTime(nanos::get).build();
        service.answerNextCallBy(observer -> {
            nanos.addAndGet(FakeServer.QUICK.callPatience().toNanos());
            observer.onError(Status.DEADLINE_EXCEEDED.asRuntimeException());
        });

        assertThatThrownBy(() -> slow.get(ID)).isInstanceOf(ServerUnavailableException.class);
    }

    @Test
    void closingEndsACallThoughTheChannelWasGiven() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        service.answerNextCallBy(observer -> called.countDown());
        CompletableFuture<Deployment> waiting = CompletableFuture.supplyAsync(() -> client.get(ID));
        assertThat(called.await(30, TimeUnit.SECONDS)).isTrue();

        client.close();

        assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> client.get(ID)).isInstanceOf(CancellationException.class);
        assertThat(server.client().get(ID).id()).isEqualTo(ID);
    }

    @Test
    void closingEndsThePauseBeforeTheNextAttempt() throws Exception {
        Duration pause = Duration.ofMinutes(10);
        DeploytailClient slow = server.clientBuilder()
                .retryPolicy(FakeServer.QUICK.withDelays(pause, pause).withCallPatience(pause))
                .build();
        service.failNextCall(Status.UNAVAILABLE.asRuntimeException());
        CompletableFuture<Deployment> waiting =
                CompletableFuture.supplyAsync(() -> slow.start(DeployRequest.of("true")));
        service.startRequests.take();

        slow.close();

        assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(CancellationException.class);
    }

    @Test
    void anInterruptEndsACall() {
        service.failNextCall(Status.UNAVAILABLE.asRuntimeException());
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> client.get(ID)).isInstanceOf(CancellationException.class);

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void whatANewerServerSaysIsUnknownAndNoError() {
        Deployment deployment = new Deployment(FakeDeployService.succeeded().toBuilder()
                .setStateValue(77)
                .setEndReasonValue(77)
                .setLogCrc32C(-1)
                .build());

        assertThat(deployment.state()).isEqualTo(DeploymentState.UNKNOWN);
        assertThat(deployment.endReason()).hasValue(EndReason.UNKNOWN);
        assertThat(deployment.hasEnded()).isTrue();
        assertThat(deployment.logCrc32c()).hasValue(0xffff_ffffL);
    }

    @ParameterizedTest
    @CsvSource({"localhost, localhost, 50051", "10.0.0.1:7, 10.0.0.1, 7", "[::1]:7, ::1, 7", "[::1], ::1, 50051"})
    void understandsAddresses(String text, String host, int port) {
        assertThat(ServerAddress.parse(text)).isEqualTo(new ServerAddress(host, port));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":7",
                "host:",
                "host:x",
                "host:0",
                "host:65536",
                "::1",
                "[::1",
                "::1]:7",
                "[::1]x:7",
                "a b:7",
                "a b"
            })
    void refusesWhatIsNoAddress(String text) {
        assertThatThrownBy(() -> DeploytailClient.connect(text)).isInstanceOf(IllegalArgumentException.class);
    }

    private static io.deploytail.v1.Deployment named(String id) {
        return FakeDeployService.succeeded().toBuilder().setDeploymentId(id).build();
    }
}
