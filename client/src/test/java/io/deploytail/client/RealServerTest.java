package io.deploytail.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deploytail.server.DeploytailServer;
import io.deploytail.server.ServerOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client and the server as they are. */
@Timeout(120)
class RealServerTest {
    @TempDir
    private Path directory;

    private DeploytailServer server;
    private DeploytailClient client;

    @BeforeEach
    void start() {
        server = serve("127.0.0.1:0");
        client = DeploytailClient.builder(server.address())
                .retryPolicy(RetryPolicy.standard().withDelays(Duration.ofMillis(20), Duration.ofMillis(100)))
                .build();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
    }

    @Test
    void startedDeploymentIsFollowedToItsChecksummedEnd() throws Exception {
        Deployment deployment = client.start(DeployRequest.of("sh", "-c", "echo one; echo two >&2; exit 3"));

        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (LogStream log = client.follow(deployment.id())) {
            LogEvent.End end = log.writeTo(out);

            assertThat(end.isChecksummed()).isTrue();
            assertThat(end.deployment().exitCode()).hasValue(3);
            assertThat(end.deployment().endReason()).contains(EndReason.EXITED);
        }
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("one\ntwo\n");
        assertThat(client.get(deployment.id()).logSize()).isEqualTo(8);
    }

    @Test
    void anyBytesArriveAsTheyWereWritten() throws Exception {
        byte[] random = new byte[2_000_000];
        new Random(5).nextBytes(random);
        Path file = Files.write(directory.resolve("random"), random);
        Deployment deployment = client.start(DeployRequest.of("cat", file.toString()));

        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (LogStream log = client.follow(deployment.id())) {
            assertThat(log.writeTo(out).isChecksummed()).isTrue();
        }

        assertThat(out.toByteArray()).isEqualTo(random);
    }

    @Test
    void followerGoesOnByItselfWhenTheServerComesBack() throws Exception {
        Path gate = directory.resolve("gate");
        Deployment deployment = client.start(DeployRequest.of(
                "timeout",
                "60",
                "sh",
                "-c",
                "echo before; until [ -e " + gate + " ]; do sleep 0.02; done; echo after"));
        String address = server.address();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        boolean hasResumed = false;

        try (LogStream log = client.follow(deployment.id())) {
            LogEvent event = log.next();
            while (!(event instanceof LogEvent.End)) {
                if (event instanceof LogEvent.Chunk chunk) {
                    chunk.writeTo(out);
                    if (out.toString(StandardCharsets.UTF_8).equals("before\n")) {
                        server.close();
                        Files.createFile(gate);
                        server = serve(address);
                    }
                }
                hasResumed |= event instanceof LogEvent.Resuming;
                event = log.next();
            }
            assertThat(((LogEvent.End) event).isChecksummed()).isTrue();
        }

        assertThat(hasResumed).isTrue();
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("before\nafter\n");
    }

    @Test
    void watchMissesNothingWhileTheServerIsRestarted() throws Exception {
        DeploymentQuery query = DeploymentQuery.builder().target("shop").build();
        Deployment first = client.start(onShop("sleep", "100"));
        DeploymentPage page = client.list(query);
        String address = server.address();
        boolean hasResumed = false;

        try (DeploymentWatch watch = client.watch(query, page.watchToken())) {
            assertThat(watch.next()).isInstanceOf(WatchEvent.CaughtUp.class);
            Deployment second = client.start(onShop("true"));
            client.start(DeployRequest.of("true")); // of another target
            assertThat(watch.next()).isEqualTo(new WatchEvent.Changed(second));
            server.close();
            server = serve(address);
            client.cancel(first.id(), "");
            String deleted = "";
            Deployment newest = second;
            while (deleted.isEmpty()) {
                WatchEvent event = watch.next();
                hasResumed |= event instanceof WatchEvent.Resuming;
                if (event instanceof WatchEvent.Deleted deletion) {
                    deleted = deletion.deploymentId();
                } else if (event instanceof WatchEvent.Changed changed) {
                    assertThat(changed.deployment().target()).contains("shop");
                    newest = changed.deployment();
                    if (newest.id().equals(second.id()) && newest.hasEnded()) {
                        client.delete(second.id());
                    }
                }
            }
            assertThat(deleted).isEqualTo(second.id());
            assertThat(newest.state()).isEqualTo(DeploymentState.SUCCEEDED);
            assertThat(watch.poll(Duration.ofMillis(1)).filter(WatchEvent.Changed.class::isInstance))
                    .isEmpty();
        }
        assertThat(hasResumed).isTrue();
        assertThat(client.list(query).deployments()).extracting(Deployment::id).containsExactly(first.id());
    }

    @Test
    void watchFromWhatTheServerNeverSaidIsOutdated() {
        try (DeploymentWatch watch = client.watch(DeploymentQuery.builder().build(), "123456")) {
            assertThatThrownBy(watch::next)
                    .isInstanceOf(WatchOutdatedException.class)
                    .hasMessageContaining("list the deployments again");
        }
    }

    @Test
    void deploymentIsExpectedToTakeAsLongAsTheOnesBefore() throws Exception {
        Deployment first = client.start(onShop("true"));
        try (LogStream log = client.follow(first.id())) {
            log.writeTo(new ByteArrayOutputStream());
        }
        Deployment ended = client.get(first.id());

        assertThat(first.expectedDuration()).isEmpty();
        assertThat(client.start(onShop("true")).expectedDuration())
                .contains(Duration.between(
                        ended.startTime().orElseThrow(), ended.endTime().orElseThrow()));
    }

    private static DeployRequest onShop(String... command) {
        return DeployRequest.builder(List.of(command)).target("shop").build();
    }

    @Test
    void sameRequestStartsOneDeployment() throws Exception {
        DeployRequest request = DeployRequest.of("true");

        String id = client.start(request).id();

        assertThat(client.start(request).id()).isEqualTo(id);
        try (LogStream log = client.follow(id)) {
            log.writeTo(new ByteArrayOutputStream());
        }
    }

    @Test
    void badRequestNamesEachViolation() {
        DeployRequest request = DeployRequest.builder(List.of(""))
                .workingDirectory("not/absolute")
                .build();

        assertThatThrownBy(() -> client.start(request)).isInstanceOfSatisfying(InvalidRequestException.class, e -> {
            assertThat(e.violations()).hasSize(2);
            assertThat(e.getMessage()).contains("command", "working_directory");
        });
    }

    @Test
    void cancelledDeploymentEndsItsStream() throws Exception {
        Deployment deployment = client.start(DeployRequest.of("sleep", "100"));

        try (LogStream log = client.follow(deployment.id())) {
            log.next();
            client.cancel(deployment.id(), "no longer wanted");
            LogEvent.End end = log.writeTo(new ByteArrayOutputStream());

            assertThat(end.deployment().state()).isEqualTo(DeploymentState.CANCELLED);
            assertThat(end.deployment().message()).hasValue("Cancelled: no longer wanted");
        }
    }

    @Test
    void closedClientEndsItsStreams() throws Exception {
        Deployment deployment = client.start(DeployRequest.of("sleep", "100"));
        LogStream log = client.follow(deployment.id());
        log.next();

        client.close();

        assertThatThrownBy(() -> {
                    while (true) {
                        log.next();
                    }
                })
                .isInstanceOf(CancellationException.class);
        try (DeploytailClient other = DeploytailClient.connect(server.address());
                LogStream rest = other.follow(deployment.id())) {
            other.cancel(deployment.id(), "");
            rest.writeTo(new ByteArrayOutputStream());
        }
    }

    private DeploytailServer serve(String address) {
        return DeploytailServer.start(ServerOptions.parse(
                "--listen", address, "--data-dir", directory.resolve("data").toString()));
    }
}
