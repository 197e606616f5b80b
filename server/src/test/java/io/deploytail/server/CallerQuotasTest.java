package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.rpc.RetryInfo;
import io.deploytail.server.deployment.Role;
import io.deploytail.server.security.CallerRegistry;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.WatchDeploymentsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a caller has too much of is refused to it, with when to come again, and nobody else notices. */
@Timeout(120)
class CallerQuotasTest {
    @TempDir
    private Path directory;

    private TestServer server;
    private String token;
    private AsCaller ci;
    private AsCaller other;

    @BeforeEach
    void start() throws IOException {
        Path file = directory.resolve("callers.json");
        CallerRegistry callers = new CallerRegistry(file);
        token = callers.addToken("ci", Optional.of(Role.ADMIN), List.of());
        String othersToken = callers.addToken("other", Optional.of(Role.ADMIN), List.of());
        server = TestServer.start(
                directory.resolve("data"),
                "--web",
                "127.0.0.1:0",
                "--callers",
                file.toString(),
                "--max-starts-per-caller",
                "1",
                "--max-streams-per-caller",
                "2");
        ci = AsCaller.of(server.channel(), token);
        other = AsCaller.of(server.channel(), othersToken);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void startsOfEachCallerAreLimited() throws Exception {
        List<Deployment> started = List.of(ci.run("true"), other.run("true"));

        StatusRuntimeException refused = refusal(() -> ci.run("true"));

        assertExhausted(refused, 60);
        assertThat(refused.getStatus().getDescription())
                .isEqualTo("you have started as many deployments as you may: 1 a minute");
        assertThat(ci.stub()
                        .listDeployments(ListDeploymentsRequest.getDefaultInstance())
                        .getDeploymentsCount())
                .isEqualTo(2);
        for (Deployment deployment : started) {
            other.awaitEnd(deployment);
        }
    }

    @Test
    void repeatedStartAndOneThatBreaksRulesDoNotCount() throws Exception {
        assertThat(refusal(() -> ci.start(StartDeployRequest.newBuilder().addCommand("")))
                        .getStatus()
                        .getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
        StartDeployRequest.Builder request =
                StartDeployRequest.newBuilder().setRequestId("r1").addCommand("true");

        Deployment started = ci.start(request);

        assertThat(ci.start(request).getDeploymentId()).isEqualTo(started.getDeploymentId());
        assertThat(ci.start(request).getDeploymentId()).isEqualTo(started.getDeploymentId());
        other.awaitEnd(started);
    }

    @Test
    void streamsOfEachCallerAreLimitedOfWhateverKindTheyAre() throws Exception {
        Deployment running = ci.shell("echo hello; exec sleep 60");
        Follower first = ci.follow(running).awaitText("hello\n");
        Follower second = ci.follow(running).awaitText("hello\n");

        assertExhausted(refusal(() -> lookAt(running)), 5);
        assertExhausted(
                refusal(() -> ci.stub()
                        .watchDeployments(WatchDeploymentsRequest.getDefaultInstance())
                        .next()),
                5);
        HttpResponse<String> page = page(running);
        assertThat(page.statusCode()).isEqualTo(429);
        assertThat(page.headers().firstValue("Retry-After")).contains("5");
        assertThat(page.headers().firstValue("Accept-Ranges")).isEmpty();
        assertThat(page.body()).contains("You have as many streams open as you may: 2.");
        other.follow(running).awaitText("hello\n").cancel();
        Eventually.until("the refusals are recorded", () -> refusals().size() >= 3);
        assertThat(refusals()).anyMatch(entry -> entry.startsWith("ci GET /deployments/"));

        first.cancel();

        Eventually.until("its place is free", () -> refusal(() -> lookAt(running)) == null);
        ci.cancel(running.getDeploymentId());
        second.end();
    }

    private void lookAt(Deployment deployment) {
        ci.stub()
                .streamLogs(StreamLogsRequest.newBuilder()
                        .setDeploymentId(deployment.getDeploymentId())
                        .setNoFollow(true)
                        .build())
                .forEachRemaining(message -> {});
    }

    /** What was refused to the caller because there was too much of it. */
    private List<String> refusals() throws SQLException {
        return server.auditLog("caller = 'ci' AND result = 'RESOURCE_EXHAUSTED'");
    }

    private HttpResponse<String> page(Deployment deployment) throws Exception {
        URI log = URI.create(server.webPage() + "deployments/" + deployment.getDeploymentId() + "/log");
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(log)
                                .header("Authorization", "Bearer " + token)
                                .build(),
                        BodyHandlers.ofString());
    }

    private static StatusRuntimeException refusal(ThrowingCallable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call);
    }

    private static void assertExhausted(StatusRuntimeException refused, long maxSeconds)
            throws InvalidProtocolBufferException {
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        RetryInfo retry = StatusProto.fromThrowable(refused).getDetails(0).unpack(RetryInfo.class);
        assertThat(Durations.toMillis(retry.getRetryDelay())).isBetween(1L, maxSeconds * 1000);
    }
}
