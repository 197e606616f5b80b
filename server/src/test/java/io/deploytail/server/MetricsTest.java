package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /metrics} says after real deployments. */
class MetricsTest {
    private static final String SUCCEEDED = ended("SUCCEEDED", "EXITED");
    private static final String CANCELLED = ended("CANCELLED", "CANCELLED");

    private static final String LAG = "deploytail_follower_lag_max_bytes";

    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(directory.resolve("data"), "--web", "127.0.0.1:0", "--grace-period", "1s");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void endsAreCountedByStateAndReason() throws Exception {
        server.awaitEnd(server.run("true"));
        server.awaitEnd(server.shell("exit 3"));
        server.awaitEnd(server.shell("exit 4"));
        server.awaitEnd(server.run("/no/such/command"));
        server.awaitEnd(server.shell("kill -9 $$"));

        Scrape.await(server, SUCCEEDED, 1);
        Scrape.await(server, ended("FAILED", "EXITED"), 2);
        Scrape.await(server, ended("FAILED", "FAILED_TO_START"), 1);
        Scrape.await(server, ended("FAILED", "SIGNALLED"), 1);
        Scrape scrape = Scrape.of(server);
        assertThat(scrape.value(ended("FAILED", "TIMED_OUT"))).isZero();
        assertThat(scrape.value(CANCELLED)).isZero();
    }

    @Test
    void cancelIsCountedOnceWhetherItRanOrWaited() throws Exception {
        Deployment running = onTarget("sleep 60");
        Deployment queued = onTarget("true");

        server.cancel(queued.getDeploymentId());
        server.cancel(queued.getDeploymentId());
        server.cancel(running.getDeploymentId());
        server.cancel(running.getDeploymentId());
        server.awaitEnd(running);
        server.cancel(running.getDeploymentId());

        Scrape.await(server, CANCELLED, 2);
    }

    @Test
    void runningAndQueuedDeploymentsShowAsLongAsTheyAre() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment running = onTarget(go.await());
        Deployment queued = onTarget("true");
        Deployment alsoQueued = onTarget("true");

        Scrape before = Scrape.of(server);
        assertThat(before.value("deploytail_deployments_running")).isEqualTo(1);
        assertThat(before.value("deploytail_deployments_queued")).isEqualTo(2);
        Eventually.until("the queue ages", () -> Scrape.of(server).value("deploytail_queue_oldest_age_seconds") > 0);
        assertThat(before.value("deploytail_runs_size_bytes")).isPositive();

        go.open();
        for (Deployment each : new Deployment[] {running, queued, alsoQueued}) {
            server.awaitEnd(each);
        }

        Scrape.await(server, "deploytail_deployments_running", 0);
        Scrape.await(server, SUCCEEDED, 3);
        Scrape after = Scrape.of(server);
        assertThat(after.value("deploytail_deployments_queued")).isZero();
        assertThat(after.value("deploytail_queue_oldest_age_seconds")).isZero();
    }

    @Test
    void bytesAreCountedFromTheCommandToEachFollower() throws Exception {
        Deployment deployment = server.shell("printf '%010000d' 7; echo end");
        server.log(deployment);
        server.log(deployment);

        Scrape scrape = Scrape.of(server);

        assertThat(scrape.value("deploytail_log_captured_bytes_total")).isEqualTo(10_004);
        assertThat(scrape.value("deploytail_log_committed_bytes_total")).isEqualTo(10_004);
        assertThat(scrape.value("deploytail_log_sent_bytes_total")).isEqualTo(20_008);
        assertThat(scrape.value("deploytail_database_size_bytes"))
                .isGreaterThanOrEqualTo((double) Files.size(server.database()))
                .isGreaterThan(10_004);
    }

    @Test
    void commitsAreCountedWithTheirTimeAndSize() throws Exception {
        double before = Scrape.of(server).value("deploytail_commit_changes_sum");
        server.awaitEnd(server.run("echo", "line"));

        Scrape after = Scrape.of(server);

        assertThat(after.value("deploytail_commit_changes_sum"))
                .as("recorded, a line, ended")
                .isGreaterThanOrEqualTo(before + 3);
        double commits = after.value("deploytail_commit_changes_count");
        assertThat(after.value("deploytail_commit_duration_seconds_count")).isEqualTo(commits);
        assertThat(after.value("deploytail_commit_duration_seconds_bucket{le=\"+Inf\"}"))
                .isEqualTo(commits);
        assertThat(after.value("deploytail_commit_duration_seconds_sum")).isPositive();
    }

    @Test
    void whatIsCapturedAndCannotBeCommittedShows() throws Exception {
        Path go = directory.resolve("go");
        Deployment deployment =
                server.shell("echo first; until [ -e " + go + " ]; do sleep 0.02; done; echo second; exec sleep 60");
        server.follow(deployment).awaitText("first\n");

        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + server.database());
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            Files.createFile(go);
            Scrape.await(server, "deploytail_log_captured_bytes_total", 13);
            assertThat(Scrape.of(server).value("deploytail_log_committed_bytes_total"))
                    .isEqualTo(6);
            statement.execute("ROLLBACK");
        }

        server.follow(deployment).awaitText("second\n");
        Scrape.await(server, "deploytail_log_committed_bytes_total", 13);
        server.cancel(deployment.getDeploymentId());
        server.awaitEnd(deployment);
    }

    @Test
    void followerThatTakesNothingLagsAlsoAfterTheEnd() throws Exception {
        Gate flood = Gate.in(directory, "flood");
        Gate end = Gate.in(directory, "end");
        Deployment deployment = server.shell(flood.await() + "; head -c 4194304 /dev/zero; " + end.await());
        Follower stalled = Follower.start(
                server.channel(),
                StreamLogsRequest.newBuilder()
                        .setDeploymentId(deployment.getDeploymentId())
                        .build(),
                1);
        stalled.await(StreamLogsResponse::hasDeployment);
        assertThat(Scrape.of(server).value("deploytail_followers")).isEqualTo(1);
        assertThat(Scrape.of(server).value(LAG)).isZero();

        flood.open();
        Eventually.until("it lags", () -> Scrape.of(server).value(LAG) > 0);
        end.open();
        server.awaitEnd(deployment);
        assertThat(Scrape.of(server).value(LAG)).isBetween(1.0, 4194304.0);

        stalled.cancel();
        Scrape.await(server, "deploytail_followers", 0);
        assertThat(Scrape.of(server).value(LAG)).isZero();
    }

    @Test
    void callsAreCountedByMethodAndStatus() throws Exception {
        server.awaitEnd(server.run("true"));
        Deployment running = server.run("sleep", "60");
        Follower cancelled = server.follow(running);
        cancelled.await(StreamLogsResponse::hasDeployment);
        cancelled.cancel();
        server.follow(StreamLogsRequest.newBuilder().setDeploymentId("01a1fdb9-0c22-778f-827c-827b7d4db884"))
                .failure();
        assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(() -> server.run());

        Scrape.await(server, call("StartDeploy", "OK"), 2);
        Scrape.await(server, call("StartDeploy", "INVALID_ARGUMENT"), 1);
        Scrape.await(server, call("StreamLogs", "OK"), 1);
        Scrape.await(server, call("StreamLogs", "CANCELLED"), 1);
        Scrape.await(server, call("StreamLogs", "NOT_FOUND"), 1);
        server.cancel(running.getDeploymentId());
        server.awaitEnd(running);
    }

    @Test
    void methodsThatCallersMakeUpAreCountedAsOne() throws Exception {
        for (String made : new String[] {"made.up.Service/One", "made.up.Service/Two"}) {
            MethodDescriptor<StartDeployRequest, StartDeployRequest> method =
                    MethodDescriptor.<StartDeployRequest, StartDeployRequest>newBuilder()
                            .setType(MethodType.UNARY)
                            .setFullMethodName(made)
                            .setRequestMarshaller(ProtoUtils.marshaller(StartDeployRequest.getDefaultInstance()))
                            .setResponseMarshaller(ProtoUtils.marshaller(StartDeployRequest.getDefaultInstance()))
                            .build();
            assertThatExceptionOfType(StatusRuntimeException.class)
                    .isThrownBy(() -> ClientCalls.blockingUnaryCall(
                            server.channel(), method, CallOptions.DEFAULT, StartDeployRequest.getDefaultInstance()));
        }

        Scrape.await(server, "deploytail_grpc_calls_total{method=\"unknown\",status=\"UNIMPLEMENTED\"}", 2);
        assertThat(Scrape.of(server).names()).noneMatch(name -> name.contains("made.up"));
    }

    @Test
    void nothingThatACallerHasChosenIsInALabel() throws Exception {
        server.awaitEnd(server.start(StartDeployRequest.newBuilder()
                .setRequestId("chosen-id")
                .setTarget("chosen-target")
                .putLabels("chosen", "label")
                .addCommand("true")));

        assertThat(Web.get(server, "/metrics").body()).doesNotContain("chosen");
    }

    @Test
    void namesTellTheirUnits() throws Exception {
        assertThat(Scrape.of(server).types())
                .containsEntry("deploytail_deployments_ended_total", "counter")
                .containsEntry("deploytail_commit_duration_seconds", "histogram")
                .containsEntry("jvm_memory_used_bytes", "gauge")
                .allSatisfy((name, type) -> assertThat(name)
                        .as(type)
                        .matches(type.equals("counter") ? ".*_total" : ".*(?<!_total)")
                        .doesNotMatch(".*_(ms|millis|milliseconds|nanos|kib|kb|mb)(_.*)?"));
    }

    @Test
    void openMetricsIsAnsweredToWhomPrefersIt() throws Exception {
        HttpResponse<String> open =
                Web.get(server, "/metrics", "Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
        assertThat(open.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("application/openmetrics-text; version=1.0.0");
        assertThat(open.body()).endsWith("# EOF\n");
        Scrape.parse(open.body());

        assertThat(Web.get(server, "/metrics")
                        .headers()
                        .firstValue("Content-Type")
                        .orElseThrow())
                .startsWith("text/plain; version=0.0.4");
    }

    @Test
    void whoPrefersProtobufGetsText() throws Exception {
        HttpResponse<String> answer = Web.get(
                server,
                "/metrics",
                "Accept",
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,"
                        + "text/plain;version=0.0.4;q=0.3");

        assertThat(answer.statusCode()).isEqualTo(200);
        Scrape.parse(answer.body());
    }

    @Test
    void twoServersInOneProcessCountApart() throws Exception {
        try (TestServer other = TestServer.start(directory.resolve("other"), "--web", "127.0.0.1:0")) {
            server.awaitEnd(server.run("true"));

            Scrape.await(server, SUCCEEDED, 1);
            assertThat(Scrape.of(other).value(SUCCEEDED)).isZero();
        }
    }

    private Deployment onTarget(String script) {
        return server.start(StartDeployRequest.newBuilder()
                .setTarget("shop")
                .addCommand("sh")
                .addCommand("-c")
                .addCommand(script));
    }

    private static String ended(String state, String reason) {
        return "deploytail_deployments_ended_total{reason=\"" + reason + "\",state=\"" + state + "\"}";
    }

    private static String call(String method, String status) {
        return "deploytail_grpc_calls_total{method=\"" + DeployServiceGrpc.SERVICE_NAME + "/" + method + "\",status=\""
                + status + "\"}";
    }
}
