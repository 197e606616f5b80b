package io.deploytail.server;

import static io.deploytail.server.RestartTest.waitForLine;
import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.DeployServiceGrpc.DeployServiceBlockingStub;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The host fails the server; commands and followers must not suffer for it. */
class HostFaultsTest {
    /** How long the database stays locked at least; the server has noticed it in any case. */
    private static final Duration LOCKED = Duration.ofSeconds(Long.getLong("locked.seconds", 0));

    @TempDir
    private Path directory;

    @Test
    void databaseLockedByAnotherProcessDelaysTheLogAndNothingElse() throws Exception {
        Path own = directory.resolve("own");
        Path stop = directory.resolve("stop");
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"), "--heartbeat-interval", "200ms")) {
            HealthWatch health = HealthWatch.of(server.channel());
            health.await(ServingStatus.SERVING);
            Deployment ended = server.run("true");
            server.awaitEnd(ended);
            Deployment running = server.shell("{ i=0; until [ -e " + stop + " ] || [ $i = 30000 ]; do i=$((i+1));"
                    + " echo line $i; sleep 0.01; done; echo over; } | tee " + own + "; exit 3");
            Follower follower = server.follow(running).awaitText("line 1\n");

            try (Connection other = DriverManager.getConnection(
                            "jdbc:sqlite:" + directory.resolve("data").resolve("deploytail.db"));
                    Statement statement = other.createStatement()) {
                statement.execute("BEGIN IMMEDIATE");
                long unlockNanos = System.nanoTime() + LOCKED.toNanos();
                health.await(ServingStatus.NOT_SERVING);
                int written = Files.readAllLines(own).size();
                for (int beats = 0; beats < 5 || System.nanoTime() - unlockNanos < 0; beats++) {
                    follower.await(StreamLogsResponse::hasHeartbeat);
                }

                assertCanOnlyBeRead(server, running, ended);
                waitForLine(own, "line " + (written + 20));
                Files.createFile(stop);
                waitForLine(own, "over");
                statement.execute("ROLLBACK");
            }

            health.await(ServingStatus.SERVING);
            Deployment complete = follower.end().getDeployment();
            byte[] log = Files.readAllBytes(own);
            assertThat(complete.getState()).isEqualTo(Deployment.State.STATE_FAILED);
            assertThat(complete.getExitCode()).isEqualTo(3);
            assertThat(follower.bytes()).isEqualTo(log);
            assertThat(follower.gaps()).isEmpty();
            assertThat(complete.getLogCrc32C()).isEqualTo(crc32c(log));
            assertThat(server.awaitEnd(server.start(refused())).getState())
                    .as("what was refused can be asked for again")
                    .isEqualTo(Deployment.State.STATE_SUCCEEDED);
        }
    }

    private static void assertCanOnlyBeRead(ServerCalls server, Deployment running, Deployment ended)
            throws InterruptedException {
        DeployServiceBlockingStub stub = server.stub();
        assertUnavailable(() -> server.start(refused()));
        assertUnavailable(() -> server.cancel(running.getDeploymentId()));
        assertUnavailable(() -> stub.deleteDeployment(DeleteDeploymentRequest.newBuilder()
                .setDeploymentId(ended.getDeploymentId())
                .build()));
        assertThat(server.get(running.getDeploymentId()).getState()).isEqualTo(Deployment.State.STATE_RUNNING);
        assertThat(server.text(ended)).isEmpty();
        assertThat(stub.listDeployments(ListDeploymentsRequest.getDefaultInstance())
                        .getDeploymentsList())
                .extracting(Deployment::getDeploymentId)
                .containsExactly(running.getDeploymentId(), ended.getDeploymentId());
    }

    private static StartDeployRequest.Builder refused() {
        return StartDeployRequest.newBuilder().setRequestId("refused").addCommand("true");
    }

    private static void assertUnavailable(Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(e.getStatus().getDescription()).isEqualTo("the server cannot reach its storage; retry");
            return;
        }
        throw new AssertionError("recorded in a locked database");
    }

    private static int crc32c(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
