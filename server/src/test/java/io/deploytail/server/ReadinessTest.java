package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code /healthz} and {@code /readyz} say. */
class ReadinessTest {
    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(directory.resolve("data"), "--web", "127.0.0.1:0");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void serverThatServesIsAliveAndReady() throws Exception {
        assertAnswer("/healthz", 200, "ok\n");
        assertAnswer("/readyz", 200, "ok\n");
    }

    @Test
    void serverWhoseDatabaseIsLockedIsAliveButNotReady() throws Exception {
        HealthWatch health = HealthWatch.of(server.channel());
        health.await(ServingStatus.SERVING);
        Path stop = directory.resolve("stop");
        Deployment running = server.shell("until [ -e " + stop + " ]; do echo line; sleep 0.01; done");

        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + server.database());
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            health.await(ServingStatus.NOT_SERVING);

            assertAnswer("/healthz", 200, "ok\n");
            assertAnswer("/readyz", 503, "not ready: database\n");
            statement.execute("ROLLBACK");
        }

        health.await(ServingStatus.SERVING);
        assertAnswer("/readyz", 200, "ok\n");
        server.cancel(running.getDeploymentId());
        server.awaitEnd(running);
    }

    private void assertAnswer(String path, int status, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = Web.get(server, path);
        assertThat(answer.body()).isEqualTo(body);
        assertThat(answer.statusCode()).isEqualTo(status);
    }
}
