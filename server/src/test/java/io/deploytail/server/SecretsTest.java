package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StartDeployResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Secrets that commands are given, and who else gets to see them: nobody. */
@Timeout(120)
class SecretsTest {
    private static final String SECRET = "correct horse battery staple";

    @TempDir
    private Path directory;

    @Test
    void secretsReachTheCommandAndNothingElse() throws Exception {
        try (TestServer server = TestServer.start(directory.resolve("data"))) {
            Gate go = Gate.in(directory, "go");
            Deployment deployment =
                    server.start(request("printf '%s|%s' \"$TOKEN\" $(printf %s \"$TOKEN\" | wc -c); echo;"
                            + " printf %s \"$TOKEN\" | base64; echo \"x$TOKEN\" | base64; " + go.await()
                            + "; echo done"));
            Follower follower = server.follow(deployment).awaitText("\n");
            Path run = server.runs().resolve(deployment.getDeploymentId());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(run)))
                    .isEqualTo("rwx------");
            try (Stream<Path> files = Files.list(run)) {
                // Those that tell who is who have nothing but numbers of processes.
                assertThat(files.filter(
                                file -> !file.getFileName().toString().matches("claimed|command.id|wrapper[.][0-9]+")))
                        .isNotEmpty()
                        .allSatisfy(
                                file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                                        .as(file.toString())
                                        .endsWith("------"));
            }
            go.open();
            follower.end();

            assertThat(follower.text())
                    .startsWith("*".repeat(SECRET.length()) + "|28\n")
                    .endsWith("done\n");
            assertThat(follower.text()).doesNotContain("correct", "Y29ycmVjd", "xjb3JyZWN0", "staple");
            Eventually.until("the run directory is gone", () -> Files.notExists(run));
        }
        assertNowhere();
    }

    @Test
    void killOfTheServerInTheMiddleOfASecretShowsNothing() throws Exception {
        Gate more = Gate.in(directory, "more");
        String id;
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            Deployment deployment = server.start(request("printf 'begin\\n%.20s' \"$TOKEN\"; " + more.await()
                    + "; printf '%s\\n' \"${TOKEN#????????????????????}\";" + " echo \"again $TOKEN\"; echo end"));
            id = deployment.getDeploymentId();
            server.follow(deployment).awaitText("begin\n");
            server.kill();
        }
        more.open();
        try (ServerProcess server = ServerProcess.start(directory.resolve("data"))) {
            String log = server.text(server.get(id));
            assertThat(log).startsWith("begin\n").endsWith("\nagain " + "*".repeat(SECRET.length()) + "\nend\n");
            assertThat(log).doesNotContain("staple");
        }
        assertNowhere();
    }

    @Test
    void secretInSlowPiecesIsMaskedFromWhereItIsKnown() throws Exception {
        try (TestServer server = TestServer.start(directory.resolve("data"))) {
            Gate go = Gate.in(directory, "go");
            Deployment deployment =
                    server.start(request("printf 'Password: c'; " + go.await() + "; printf '%s\\n' \"${TOKEN#?}\""));
            Follower follower = server.follow(deployment).awaitText("Password: c"); // held for a while only
            go.open();
            follower.end();

            assertThat(follower.text()).isEqualTo("Password: c" + "*".repeat(SECRET.length() - 1) + "\n");
        }
    }

    @Test
    void shortSecretIsHandedOverWithAWarning() throws Exception {
        try (TestServer server = TestServer.start(directory.resolve("data"))) {
            StartDeployResponse response = server.stub()
                    .startDeploy(StartDeployRequest.newBuilder()
                            .addAllCommand(List.of("sh", "-c", "echo $PIN"))
                            .putSecretEnv("PIN", "1234")
                            .putSecretEnv("EMPTY", "")
                            .build());

            assertThat(server.text(response.getDeployment())).isEqualTo("1234\n");
            assertThat(response.getWarningsList())
                    .hasSize(2)
                    .allSatisfy(warning -> assertThat(warning).contains("is not masked"));
        }
    }

    @Test
    void whatIsRecordedMayNotHaveSecrets() throws Exception {
        try (TestServer server = TestServer.start(directory.resolve("data"))) {
            StartDeployRequest.Builder request = StartDeployRequest.newBuilder()
                    .addAllCommand(List.of("echo", "-H", "Token: " + SECRET))
                    .putSecretEnv("TOKEN", SECRET)
                    .putSecretEnv("HOME", "elsewhere-x")
                    .putEnv("HOME", "/")
                    .setTarget(SECRET)
                    .putLabels("a", SECRET);
            Status status = catchThrowableOfType(StatusRuntimeException.class, () -> server.start(request))
                    .getStatus();

            assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(status.getDescription())
                    .contains("command[2]: contains the value of secret_env[TOKEN]")
                    .contains("target: contains")
                    .contains("labels[a]: contains")
                    .contains("secret_env[HOME]: is in env as well")
                    .doesNotContain(SECRET);
        }
        assertNowhere();
    }

    @Test
    void sameRequestMayHaveAnotherSecret() throws Exception {
        try (TestServer server = TestServer.start(directory.resolve("data"))) {
            StartDeployRequest.Builder request = request("true").setRequestId("r1");
            Deployment first = server.start(request);
            server.awaitEnd(first);

            assertThat(server.start(request.putSecretEnv("TOKEN", "rotated meanwhile"))
                            .getDeploymentId())
                    .isEqualTo(first.getDeploymentId());
            assertThat(catchThrowableOfType(
                                    StatusRuntimeException.class,
                                    () -> server.start(request.putSecretEnv("OTHER", "name of a secret")))
                            .getStatus()
                            .getCode())
                    .isEqualTo(Status.Code.ALREADY_EXISTS);
        }
    }

    @Test
    void recipeReadsSecretsFromFilesAndFromItsCallers() throws Exception {
        Path key = Files.writeString(directory.resolve("key"), SECRET + "\n");
        Path recipes = Files.writeString(
                directory.resolve("recipes.yaml"),
                "recipes: {a: {command: [sh, -c, 'echo $KEY and $TOKEN'], secret_env: {KEY: {file: " + key
                        + "}, TOKEN: caller}}}");
        try (TestServer server = TestServer.start(directory.resolve("data"), "--recipes", recipes.toString())) {
            StartDeployRequest.Builder request = StartDeployRequest.newBuilder().setRecipe("a");

            assertThat(server.text(server.start(request.clone().putSecretEnv("TOKEN", "given by the caller"))))
                    .isEqualTo("*".repeat(SECRET.length()) + " and " + "*".repeat(19) + "\n");
            assertThat(catchThrowableOfType(StatusRuntimeException.class, () -> server.start(request))
                            .getStatus()
                            .getDescription())
                    .contains("secret_env[TOKEN]: is missing");
            Files.delete(key);
            assertThat(catchThrowableOfType(
                                    StatusRuntimeException.class,
                                    () -> server.start(request.clone().putSecretEnv("TOKEN", "given by the caller")))
                            .getStatus()
                            .getCode())
                    .isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    private static StartDeployRequest.Builder request(String script) {
        return StartDeployRequest.newBuilder()
                .addAllCommand(List.of("sh", "-c", script))
                .putSecretEnv("TOKEN", SECRET);
    }

    /** Neither in the database, nor in its side files, nor in what is left of runs. */
    private void assertNowhere() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("data"))) {
            assertThat(files.filter(Files::isRegularFile))
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                            .as(file.toString())
                            .doesNotContain(SECRET, "battery staple"));
        }
    }
}
