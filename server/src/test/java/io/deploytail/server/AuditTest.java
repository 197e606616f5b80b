package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.deploytail.server.deployment.Role;
import io.deploytail.server.security.CallerRegistry;
import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.StartDeployRequest;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who has done what, and who was not let, as it stands in the database. */
@Timeout(60)
class AuditTest {
    @TempDir
    private Path directory;

    private Path file;
    private CallerRegistry callers;
    private TestServer server;
    private AsCaller ops;
    private AsCaller ci;

    @BeforeEach
    void start() throws Exception {
        file = directory.resolve("callers.json");
        callers = new CallerRegistry(file);
        String opsToken = callers.addToken("ops", Optional.of(Role.ADMIN), List.of());
        String ciToken = callers.addToken("ci", Optional.of(Role.DEPLOYER), List.of("shop"));
        server = TestServer.start(
                directory.resolve("data"), "--callers", file.toString(), "--web", "127.0.0.1:0", "--keep-for", "1s");
        ops = AsCaller.of(server.channel(), opsToken);
        ci = AsCaller.of(server.channel(), ciToken);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void whatWasDoneIsRecordedWithWhoDidIt() throws Exception {
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder()
                .setRequestId("r1")
                .setTarget("shop")
                .addAllCommand(List.of("sleep", "60"))
                .putEnv("TOKEN", "hidden");
        Deployment first = ci.start(request);
        ci.start(request); // is the same
        Deployment second = ops.start(request);
        String firstId = first.getDeploymentId();
        String secondId = second.getDeploymentId();
        cancel(ops, secondId, "not needed");
        cancel(ops, secondId, "again"); // changes nothing
        cancel(ci, firstId, "");
        ops.awaitEnd(first);
        ops.stub()
                .deleteDeployment(DeleteDeploymentRequest.newBuilder()
                        .setDeploymentId(firstId)
                        .build());
        Eventually.until(
                "the other one is deleted by its age",
                () -> server.auditLog("action = 'delete'").size() == 2);

        assertThat(server.auditLog("result = 'OK'"))
                .containsExactly(
                        "ci start " + firstId + " shop ",
                        "ops start " + secondId + " shop queued",
                        "ops cancel " + secondId + " shop Cancelled: not needed",
                        "ci cancel " + firstId + " shop Cancelled.",
                        "ops delete " + firstId + " shop ",
                        " delete " + secondId + " shop ");
        assertThat(server.auditLog("origin LIKE '127.0.0.1:%'")).hasSize(5);
        assertThat(server.auditLog("origin = 'server'")).hasSize(1);
        assertThat(server.auditLog("detail LIKE '%hidden%'")).isEmpty();
    }

    @Test
    void whatWasRefusedIsRecorded() throws Exception {
        Deployment hidden = ops.run("true");
        ops.awaitEnd(hidden);
        refused(() -> server.run("true"));
        refused(() -> AsCaller.of(server.channel(), "dt_wrong").run("true"));
        refused(() -> ci.run("true"));
        refused(() -> ci.get(hidden.getDeploymentId()));
        Web.get(server, "/", "Authorization", "Bearer dt_wrong");

        Eventually.until(
                "all are recorded", () -> server.auditLog("result <> 'OK'").size() == 5);

        assertThat(server.auditLog("result = 'UNAUTHENTICATED' AND action = 'StartDeploy'"))
                .hasSize(2);
        assertThat(server.auditLog("result = 'UNAUTHENTICATED' AND action = 'login' AND origin = 'http 127.0.0.1'"))
                .hasSize(1);
        assertThat(server.auditLog("result = 'PERMISSION_DENIED'"))
                .containsExactly("ci StartDeploy   you may not start deployments without a target, only of shop");
        assertThat(server.auditLog("result = 'NOT_FOUND'"))
                .containsExactly("ci GetDeployment   there is no deployment " + hidden.getDeploymentId());
        assertThat(server.auditLog("detail LIKE '%dt_%'"))
                .as("no token is recorded")
                .isEmpty();
    }

    @Test
    void filesThatAreReadAnewAreRecorded() throws Exception {
        callers.revokeToken("ci", false);
        Eventually.until(
                "it is recorded",
                () -> server.auditLog("action = 'reload' AND result = 'OK'").size() == 1);
        Files.writeString(file, "{");
        Eventually.until(
                "it is recorded",
                () -> server.auditLog("action = 'reload' AND result = 'FAILED'").size() == 1);
    }

    private static void cancel(ServerCalls caller, String id, String reason) {
        caller.stub()
                .cancelDeployment(CancelDeploymentRequest.newBuilder()
                        .setDeploymentId(id)
                        .setReason(reason)
                        .build());
    }

    private static void refused(ThrowingCallable call) {
        assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(call);
    }
}
