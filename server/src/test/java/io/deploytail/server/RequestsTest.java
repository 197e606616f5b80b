package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.rpc.BadRequest;
import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.GetDeploymentRequest;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.ListDeploymentsResponse;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What callers may ask for, and what they are told when they ask for something else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequestsTest {
    private static final String NO_SUCH_ID = "01890000-0000-7000-8000-000000000000";

    private TestServer server;

    @BeforeAll
    void start(@TempDir Path directory) {
        server = TestServer.start(directory.resolve("data"));
    }

    @AfterAll
    void stop() throws Exception {
        server.close();
    }

    @Test
    void everyViolationIsNamedAtOnceAndNothingIsRecorded(@TempDir Path directory) throws Exception {
        try (TestServer unused = TestServer.start(directory.resolve("data"))) {
            StatusRuntimeException failure = failureOf(() -> unused.start(StartDeployRequest.newBuilder()
                    .setRequestId("x".repeat(129))
                    .setTarget("t\0t")
                    .setWorkingDirectory("relative/path")
                    .putEnv("1BAD", "value")
                    .putEnv("DEPLOYTAIL_DEPLOYMENT_ID", "mine")
                    .putLabels("bad name", "value")
                    .setTimeout(Duration.newBuilder().setSeconds(-1))
                    .setSilenceTimeout(Duration.newBuilder().setNanos(2_000_000_000))));

            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(fields(failure))
                    .contains("request_id", "target", "command", "env", "working_directory", "labels", "timeout");
            assertThat(failure.getStatus().getDescription())
                    .contains("request_id", "command: must name a program", "silence_timeout");
            assertThat(unused.stub()
                            .listDeployments(ListDeploymentsRequest.getDefaultInstance())
                            .getDeploymentsList())
                    .isEmpty();
            try (Stream<Path> runs = Files.list(unused.runs())) {
                assertThat(runs).isEmpty();
            }
        }
    }

    @Test
    void emptyCommandIsRefused() throws Exception {
        assertRefused("command", () -> server.run());
        assertRefused("command", () -> server.run("", "argument"));
        assertRefused("command", () -> server.run("-c", "argument"));
        assertRefused(
                "command", () -> server.run("echo", "x".repeat(130_000), "x".repeat(130_000), "x".repeat(130_000)));
    }

    @Test
    void argumentThatNoKernelTakesIsRefused() throws Exception {
        assertRefused("command[1]", () -> server.run("echo", "x".repeat(128 << 10)));
        assertRefused("command[1]", () -> server.run("echo", "a\0b"));
        assertRefused(
                "env[A]",
                () -> server.start(
                        StartDeployRequest.newBuilder().addCommand("true").putEnv("A", "x".repeat(128 << 10))));
        assertRefused(
                "env[A]",
                () -> server.start(
                        StartDeployRequest.newBuilder().addCommand("true").putEnv("A", "a\0b")));
    }

    @Test
    void longestArgumentThatIsAllowedArrives() throws Exception {
        Deployment deployment = server.run("printf", "%s", "x".repeat((128 << 10) - 1));

        assertThat(server.log(deployment)).hasSize((128 << 10) - 1);
    }

    @Test
    void twoMillionEmptyArgumentsAreRefused() throws Exception {
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder().addCommand("true");
        for (int i = 0; i < 2_000_000; i++) {
            request.addCommand("");
        }

        StatusRuntimeException failure = assertRefused("command", () -> server.start(request));

        assertThat(failure.getStatus().getDescription())
                .contains("has 16000012 bytes in all, with 8 added for each; may have at most 262144");
    }

    @Test
    void thousandsOfSecretsAndArgumentsAreCheckedWellBeforeTheDeadline() {
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder().addCommand("/bin/true");
        for (int i = 0; i < 5000; i++) {
            request.putSecretEnv("S" + i, "s" + (10_000 + i));
        }
        for (int i = 0; i < 30_000; i++) {
            request.addCommand("");
        }
        request.putSecretEnv("A", "a".repeat(1000)).putSecretEnv("B", "a".repeat(1100));
        request.setTarget("a".repeat(3_000_000));

        StatusRuntimeException failure = failureOf(() -> server.start(request));

        assertThat(failure.getStatus().getDescription())
                .contains("target: has 3000000 bytes", "target: contains the value of secret_env[A]", "secret_env[B]");
    }

    @Test
    void environmentOfMoreThanAMebibyteIsRefused() throws Exception {
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder().addCommand("true");
        for (int i = 0; i < 80_000; i++) {
            request.putEnv("E" + i, "");
        }

        assertRefused("env", () -> server.start(request));
    }

    @Test
    void longestCommandWithTheLongestEnvironmentThatAreAllowedRuns() throws Exception {
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder()
                .addCommand("true")
                .addCommand("x".repeat(131_050))
                .addCommand("x".repeat(131_066)); // with "true" and 3 times 8 that is all
        for (int i = 0; i < 8; i++) {
            request.putEnv("LONG_" + i, "x".repeat((128 << 10) - 15));
        }

        assertThat(server.awaitEnd(server.start(request)).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        assertRefused("command", () -> server.start(request.clone().addCommand("")));
        assertRefused("env", () -> server.start(request.clone().putEnv("A", "")));
    }

    @Test
    void controlCharactersAreRefused() throws Exception {
        String forged = "shop\n--- end of deployment";
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder().addCommand("true");

        assertRefused("target", () -> server.start(request.clone().setTarget(forged)));
        assertRefused("request_id", () -> server.start(request.clone().setRequestId("\u001b[2J")));
        assertRefused("labels[team]", () -> server.start(request.clone().putLabels("team", "a\u0085b")));
        assertRefused("reason", () -> cancel(NO_SUCH_ID, forged));
    }

    @Test
    void badTimeLimitsAreRefused() throws Exception {
        for (Duration bad : List.of(
                Duration.getDefaultInstance(),
                Duration.newBuilder().setSeconds(-5).build(),
                Duration.newBuilder().setNanos(999_999).build(),
                Duration.newBuilder().setSeconds(Long.MAX_VALUE).build(),
                Duration.newBuilder().setSeconds(Long.MIN_VALUE).build(),
                Duration.newBuilder().setSeconds(1).setNanos(-1).build(),
                Duration.newBuilder().setSeconds(1).setNanos(Integer.MIN_VALUE).build())) {
            assertRefused(
                    "timeout",
                    () -> server.start(
                            StartDeployRequest.newBuilder().addCommand("true").setTimeout(bad)));
            assertRefused(
                    "silence_timeout",
                    () -> server.start(
                            StartDeployRequest.newBuilder().addCommand("true").setSilenceTimeout(bad)));
        }
    }

    @Test
    void hundredThousandLabelsAreRefused() throws Exception {
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder().addCommand("true");
        for (int i = 0; i < 100_000; i++) {
            request.putLabels("label" + i, "value");
        }

        StatusRuntimeException failure = assertRefused("labels", () -> server.start(request));

        assertThat(failure.getStatus().getDescription()).contains("100000 entries; may have at most 64");
    }

    @Test
    void thousandBadNamesAreCountedAndFitIntoTheAnswer() throws Exception {
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder().addCommand("true");
        for (int i = 0; i < 1000; i++) {
            request.putEnv(i + "日本".repeat(100), "value");
        }

        StatusRuntimeException failure = assertRefused("env", () -> server.start(request));

        assertThat(failure.getStatus().getDescription())
                .endsWith("; and " + (1000 - fields(failure).size()) + " more");
        request.clearEnv();
        for (int i = 0; i < 1000; i++) {
            request.putEnv(i + "x".repeat(140), "value");
        }
        assertRefused("env", () -> server.start(request));
    }

    @Test
    void namesAreShortenedBetweenCharacters() throws Exception {
        for (int before = 140; before < 142; before++) {
            String name = "x".repeat(before) + "😀".repeat(20);

            StatusRuntimeException failure = assertRefused(
                    "env",
                    () -> server.start(
                            StartDeployRequest.newBuilder().addCommand("true").putEnv(name, "value")));

            assertThat(failure.getStatus().getDescription()).contains("😀…").doesNotContain("?", "\uFFFD");
        }
    }

    @Test
    void requestOfTenMegabytesIsRefused() {
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder().addCommand("true");
        for (int i = 0; i < 100; i++) {
            request.addCommand("x".repeat(100_000));
        }

        assertThat(failureOf(() -> server.start(request)).getStatus().getCode())
                .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    }

    @Test
    void unknownDeploymentIsNotFound() throws Exception {
        for (String id : List.of(NO_SUCH_ID, "latest", "../../etc/passwd", "x".repeat(100_000))) {
            assertThat(failureOf(() -> server.get(id)).getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(failureOf(() -> server.cancel(id)).getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(server.follow(StreamLogsRequest.newBuilder().setDeploymentId(id))
                            .failure()
                            .getCode())
                    .isEqualTo(Status.Code.NOT_FOUND);
        }
    }

    @Test
    void emptyIdIsRefused() throws Exception {
        assertRefused("deployment_id", () -> server.get(""));
        assertRefused("deployment_id", () -> server.cancel(""));
        assertThat(server.follow(StreamLogsRequest.newBuilder()).failure().getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void negativeOffsetAndTailAreRefused() throws Exception {
        Deployment deployment = server.run("true");

        assertThat(server.follow(deployment, -1).failure().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(server.follow(StreamLogsRequest.newBuilder()
                                .setDeploymentId(deployment.getDeploymentId())
                                .setTailLines(-1))
                        .failure()
                        .getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void everyViolationOfAStreamRequestIsNamed() throws Exception {
        String refusal = server.follow(StreamLogsRequest.newBuilder().setFromOffset(-1))
                .failure()
                .getDescription();

        assertThat(refusal).contains("deployment_id: must not be empty", "from_offset: must not be negative");
    }

    @Test
    void cancelReasonThatIsTooLongIsRefused() throws Exception {
        Deployment deployment = server.run("true");

        assertRefused("reason", () -> cancel(deployment.getDeploymentId(), "x".repeat(1025)));
        assertThat(fields(failureOf(() -> cancel("", "x".repeat(1025))))).containsExactly("deployment_id", "reason");
    }

    @Test
    void badListRequestsAreRefused() throws Exception {
        assertRefused(
                "page_size", () -> list(ListDeploymentsRequest.newBuilder().setPageSize(-1)));
        assertRefused(
                "page_size", () -> list(ListDeploymentsRequest.newBuilder().setPageSize(1001)));
        assertRefused(
                "page_token", () -> list(ListDeploymentsRequest.newBuilder().setPageToken("made up")));
        assertRefused(
                "page_token", () -> list(ListDeploymentsRequest.newBuilder().setPageToken("AAAAAAAAAAAAAAAA")));
        assertRefused("states", () -> list(ListDeploymentsRequest.newBuilder().addStatesValue(77)));
        for (long seconds : new long[] {Long.MIN_VALUE, Long.MAX_VALUE}) {
            Timestamp time = Timestamp.newBuilder().setSeconds(seconds).build();
            assertRefused(
                    "created_from",
                    () -> list(ListDeploymentsRequest.newBuilder().setCreatedFrom(time)));
            assertRefused(
                    "created_before",
                    () -> list(ListDeploymentsRequest.newBuilder().setCreatedBefore(time)));
        }
    }

    @Test
    void fourMillionUnknownStatesAreOneViolation() throws Exception {
        ListDeploymentsRequest.Builder request = ListDeploymentsRequest.newBuilder();
        for (int i = 0; i < 4_000_000; i++) {
            request.addStatesValue(77);
        }

        StatusRuntimeException failure = assertRefused("states", () -> list(request));

        assertThat(failure.getStatus().getDescription()).isEqualTo("states: has an unknown state");
    }

    @Test
    void pageTokenGoesWithItsFilters() throws Exception {
        for (int i = 0; i < 3; i++) {
            server.start(StartDeployRequest.newBuilder().addCommand("true").putLabels("page", "token"));
        }
        ListDeploymentsRequest.Builder first =
                ListDeploymentsRequest.newBuilder().setPageSize(2).putLabels("page", "token");
        String token = list(first).getNextPageToken();
        assertThat(token).isNotEmpty();

        assertThat(list(first.clone().setPageToken(token)).getDeploymentsList()).hasSize(1);
        assertThat(list(first.clone().setPageToken(token)).getNextPageToken()).isEmpty();
        assertRefused("page_token", () -> list(first.clone().setPageToken(token).setTarget("other")));
        assertRefused("page_token", () -> list(first.clone().setPageToken(token).putLabels("a", "b")));
        for (int i = 0; i < 3; i++) {
            server.start(StartDeployRequest.newBuilder().addCommand("true").putLabels("a", "b, c=d"));
        }
        ListDeploymentsRequest.Builder joined =
                ListDeploymentsRequest.newBuilder().setPageSize(2).putLabels("a", "b, c=d");
        ListDeploymentsRequest.Builder apart = ListDeploymentsRequest.newBuilder()
                .putLabels("a", "b")
                .putLabels("c", "d")
                .setPageToken(list(joined).getNextPageToken());
        assertRefused("page_token", () -> list(apart));
    }

    @Test
    void listIsFilteredByTargetStateLabelAndTime() throws Exception {
        Deployment failed = server.awaitEnd(server.start(StartDeployRequest.newBuilder()
                .addCommand("false")
                .setTarget("filtered")
                .putLabels("team", "red")));
        Deployment succeeded = server.awaitEnd(server.start(StartDeployRequest.newBuilder()
                .addCommand("true")
                .setTarget("filtered")
                .putLabels("team", "red")
                .putLabels("kind", "full")));

        assertThat(ids(ListDeploymentsRequest.newBuilder().setTarget("filtered")))
                .containsExactly(succeeded.getDeploymentId(), failed.getDeploymentId());
        assertThat(ids(ListDeploymentsRequest.newBuilder()
                        .setTarget("filtered")
                        .addStates(Deployment.State.STATE_FAILED)))
                .containsExactly(failed.getDeploymentId());
        assertThat(ids(ListDeploymentsRequest.newBuilder()
                        .putLabels("team", "red")
                        .putLabels("kind", "full")))
                .containsExactly(succeeded.getDeploymentId());
        assertThat(ids(ListDeploymentsRequest.newBuilder()
                        .setTarget("filtered")
                        .setCreatedFrom(succeeded.getCreateTime())))
                .contains(succeeded.getDeploymentId());
        assertThat(ids(ListDeploymentsRequest.newBuilder()
                        .setTarget("filtered")
                        .setCreatedBefore(failed.getCreateTime())))
                .isEmpty();
    }

    @Test
    void repeatedRequestGetsTheSameDeploymentAndRunsOnce(@TempDir Path directory) throws Exception {
        Path ran = directory.resolve("ran");
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder()
                .setRequestId("once")
                .addAllCommand(List.of("sh", "-c", "echo ran >> " + ran))
                .putEnv("SECRET", "s3cret");

        Deployment first = server.start(request);
        server.awaitEnd(first);
        Deployment second = server.start(request);

        assertThat(second.getDeploymentId()).isEqualTo(first.getDeploymentId());
        assertThat(ran).hasContent("ran");
        StatusRuntimeException other =
                failureOf(() -> server.start(request.clone().putEnv("SECRET", "other")));
        assertThat(other.getStatus().getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
        assertThat(other.getStatus().getDescription())
                .contains(first.getDeploymentId())
                .doesNotContain("s3cret");
    }

    @Test
    void deploymentSaysWhatWasAskedForButNotTheEnvironment() throws Exception {
        Deployment ended = server.awaitEnd(server.start(StartDeployRequest.newBuilder()
                .addAllCommand(List.of("sh", "-c", "echo $SECRET; pwd"))
                .setTarget("tenant-7")
                .setWorkingDirectory("/tmp")
                .putLabels("commit", "abc")
                .putEnv("SECRET", "s3cret")));

        assertThat(ended.getTarget()).isEqualTo("tenant-7");
        assertThat(ended.getCommandList()).containsExactly("sh", "-c", "echo $SECRET; pwd");
        assertThat(ended.getWorkingDirectory()).isEqualTo("/tmp");
        assertThat(ended.getLabelsMap()).containsEntry("commit", "abc");
        assertThat(ended.toString()).doesNotContain("s3cret");
        assertThat(server.text(ended)).isEqualTo("s3cret\n/tmp\n");
        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        assertThat(ended.getExitCode()).isZero();
        assertThat(ended.hasSignal()).isFalse();
        assertThat(ended.hasStartTime()).isTrue();
        assertThat(ended.hasEndTime()).isTrue();
        assertThat(ended.hasCancelTime()).isFalse();
        assertThat(ended.getLineCount()).isEqualTo(2);
    }

    @Test
    void commandThatCannotBeStartedIsAFailedDeploymentWithALogLine() throws Exception {
        Deployment ended = server.awaitEnd(server.run("no-such-program", "argument"));

        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_FAILED);
        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_FAILED_TO_START);
        assertThat(ended.getExitCode()).isEqualTo(127);
        assertThat(server.text(ended)).contains("no-such-program: not found");
    }

    @Test
    void signalThatEndedTheCommandIsTold() throws Exception {
        Deployment ended = server.awaitEnd(server.shell("kill -9 $$"));

        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_FAILED);
        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_SIGNALLED);
        assertThat(ended.getSignal()).isEqualTo(9);
        assertThat(ended.hasExitCode()).isFalse();
    }

    private void cancel(String id, String reason) {
        server.stub()
                .cancelDeployment(CancelDeploymentRequest.newBuilder()
                        .setDeploymentId(id)
                        .setReason(reason)
                        .build());
    }

    private ListDeploymentsResponse list(ListDeploymentsRequest.Builder request) {
        return server.stub().listDeployments(request.build());
    }

    private List<String> ids(ListDeploymentsRequest.Builder request) {
        return list(request).getDeploymentsList().stream()
                .map(Deployment::getDeploymentId)
                .toList();
    }

    private static StatusRuntimeException assertRefused(String field, Executable call) throws IOException {
        StatusRuntimeException failure = failureOf(call);
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(failure.getStatus().getDescription()).contains(field + ": ");
        assertThat(fields(failure)).contains(field);
        return failure;
    }

    private static StatusRuntimeException failureOf(Executable call) {
        try {
            call.execute();
        } catch (StatusRuntimeException e) {
            return e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("was not refused");
    }

    private static List<String> fields(StatusRuntimeException failure) throws InvalidProtocolBufferException {
        com.google.rpc.Status status = StatusProto.fromThrowable(failure);
        List<String> fields = new ArrayList<>();
        for (Any detail : status.getDetailsList()) {
            detail.unpack(BadRequest.class).getFieldViolationsList().forEach(each -> fields.add(each.getField()));
        }
        return fields;
    }

    @Test
    void getSaysTheSameAsStart() {
        Deployment started = server.run("true");

        Deployment got = server.stub()
                .getDeployment(GetDeploymentRequest.newBuilder()
                        .setDeploymentId(started.getDeploymentId())
                        .build())
                .getDeployment();

        assertThat(got.getCreateTime()).isEqualTo(started.getCreateTime());
        assertThat(started.getState()).isEqualTo(Deployment.State.STATE_RUNNING);
    }
}
