package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Duration;
import io.deploytail.server.deployment.Role;
import io.deploytail.server.security.CallerRegistry;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListRecipesRequest;
import io.deploytail.v1.Recipe;
import io.deploytail.v1.RecipeParameter;
import io.deploytail.v1.StartDeployRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server on which the operator has written down what may be run. */
@Timeout(120)
class RecipesTest {
    private static final String BOOK = """
            free_commands: [admin]
            recipes:
              release:
                description: Releases a tenant.
                command: [printf, '%s|', '${tenant}', 'v=${version}', '$${tenant}', '${note}.']
                parameters:
                  tenant: {pattern: '[a-z][a-z0-9-]*', max_length: 20, description: Whose it is.}
                  version: {choices: [1.10, '2.0']}
                  note: {pattern: '.*', default: ''}
                env: {REGION: 'eu-${tenant}'}
                directory: /
                target: tenant-${tenant}
                timeout: 10m
              show-region:
                command: [sh, -c, 'echo $REGION in $PWD']
                env: {REGION: 'eu-${tenant}'}
                directory: /
                parameters:
                  tenant: {pattern: '[a-z]+'}
                target: tenant-${tenant}
              wipe:
                command: [echo, wiped]
                roles: [admin]
            """;

    @TempDir
    private Path directory;

    private Path file;
    private TestServer server;
    private AsCaller ops;
    private AsCaller ci;
    private AsCaller dashboard;

    @BeforeEach
    void start() throws IOException {
        file = Files.writeString(directory.resolve("recipes.yaml"), BOOK);
        Path callersFile = directory.resolve("callers.json");
        CallerRegistry callers = new CallerRegistry(callersFile);
        String opsToken = callers.addToken("ops", Optional.of(Role.ADMIN), List.of());
        String ciToken = callers.addToken("ci", Optional.of(Role.DEPLOYER), List.of("tenant-*"));
        String dashboardToken = callers.addToken("dashboard", Optional.of(Role.VIEWER), List.of());
        server = TestServer.start(
                directory.resolve("data"), "--callers", callersFile.toString(), "--recipes", file.toString());
        ops = AsCaller.of(server.channel(), opsToken);
        ci = AsCaller.of(server.channel(), ciToken);
        dashboard = AsCaller.of(server.channel(), dashboardToken);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void parametersAreFilledIntoOneArgumentEach() throws Exception {
        Deployment deployment = ci.start(recipe(
                "release",
                Map.of("tenant", "acme", "version", "1.10", "note", "a b; rm -rf / ${tenant} $(id) 'x' \"y\"")));

        assertThat(ci.text(deployment)).isEqualTo("acme|v=1.10|${tenant}|a b; rm -rf / ${tenant} $(id) 'x' \"y\".|");
        Deployment ended = ci.get(deployment.getDeploymentId());
        assertThat(ended.getTarget()).isEqualTo("tenant-acme");
        assertThat(ended.getRecipe()).isEqualTo("release");
        assertThat(ended.getParametersMap()).containsEntry("version", "1.10").containsEntry("tenant", "acme");
        assertThat(ended.getWorkingDirectory()).isEqualTo("/");
    }

    @Test
    void environmentAndDirectoryAreTheRecipes() throws Exception {
        assertThat(ci.text(ci.start(recipe("show-region", Map.of("tenant", "acme")))))
                .isEqualTo("eu-acme in /\n");
    }

    @Test
    void everyViolationIsNamed() {
        StartDeployRequest.Builder request = recipe(
                        "release", Map.of("tenant", "Acme", "version", "3", "extra", "x", "note", "\n"))
                .setTarget("shop")
                .addCommand("true")
                .putEnv("REGION", "us")
                .setWorkingDirectory("/tmp")
                .setTimeout(Duration.newBuilder().setSeconds(1));

        Status status = refusal(ci, request);

        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription())
                .contains("target: is the recipe's")
                .contains("command: is the recipe's")
                .contains("env: is the recipe's")
                .contains("working_directory: is the recipe's")
                .contains("timeout: is the recipe's")
                .contains("parameters[tenant]: must match [a-z][a-z0-9-]*")
                .contains("parameters[version]: must be one of: 1.10, 2.0")
                .contains("parameters[note]: contains a control character")
                .contains("parameters[extra]: is no parameter of release");
        assertThat(refusal(ci, recipe("release", Map.of())).getDescription())
                .contains("parameters[tenant]: is missing")
                .contains("parameters[version]: is missing");
        assertThat(refusal(ci, recipe("release", Map.of("tenant", "a".repeat(21), "version", "2.0")))
                        .getDescription())
                .contains("parameters[tenant]: has 21 characters; may have at most 20");
    }

    @Test
    void valueThatWouldBecomeAnOptionIsRefused() {
        assertThat(refusal(ci, recipe("release", Map.of("tenant", "a", "version", "2.0", "note", "--help")))
                        .getDescription())
                .contains("parameters[note]: must not begin with '-'");
    }

    @Test
    void freeCommandsAreForThoseOnlyWhoMayRunThem() throws Exception {
        StartDeployRequest.Builder free =
                StartDeployRequest.newBuilder().setTarget("tenant-a").addCommand("true");

        assertThat(refusal(ci, free).getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(ops.awaitEnd(ops.start(free)).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        assertThat(refusal(ops, free.clone().putParameters("a", "b")).getDescription())
                .contains("parameters: mean nothing without a recipe");
    }

    @Test
    void recipesOfOtherRolesAreNotThere() throws Exception {
        assertThat(names(ops)).containsExactly("release", "show-region", "wipe");
        assertThat(names(ci)).containsExactly("release", "show-region");
        assertThat(names(dashboard)).isEmpty();
        assertThat(refusal(ci, recipe("wipe", Map.of())).getDescription())
                .isEqualTo(refusal(ci, recipe("nothing", Map.of())).getDescription());
        assertThat(ops.text(ops.start(recipe("wipe", Map.of())))).isEqualTo("wiped\n");
    }

    @Test
    void targetsCountForRecipesToo() throws Exception {
        Files.writeString(file, BOOK.replace("target: tenant-${tenant}", "target: shop-${tenant}"));
        Eventually.until(
                "it is read anew",
                () -> ops.stub()
                        .listRecipes(ListRecipesRequest.getDefaultInstance())
                        .getRecipes(0)
                        .getTarget()
                        .startsWith("shop"));

        assertThat(refusal(ci, recipe("show-region", Map.of("tenant", "acme"))).getCode())
                .isEqualTo(Status.Code.PERMISSION_DENIED);
    }

    @Test
    void recipesAreDescribed() {
        Recipe release =
                ci.stub().listRecipes(ListRecipesRequest.getDefaultInstance()).getRecipes(0);

        assertThat(release.getDescription()).isEqualTo("Releases a tenant.");
        assertThat(release.getCommandList()).startsWith("printf", "%s|", "${tenant}");
        assertThat(release.getTarget()).isEqualTo("tenant-${tenant}");
        assertThat(release.getTimeout().getSeconds()).isEqualTo(600);
        assertThat(release.getParametersList())
                .extracting(RecipeParameter::getName)
                .containsExactly("tenant", "version", "note");
        RecipeParameter tenant = release.getParameters(0);
        assertThat(tenant.getPattern()).isEqualTo("[a-z][a-z0-9-]*");
        assertThat(tenant.getMaxLength()).isEqualTo(20);
        assertThat(tenant.hasDefaultValue()).isFalse();
        assertThat(release.getParameters(1).getChoicesList()).containsExactly("1.10", "2.0");
        assertThat(release.getParameters(2).hasDefaultValue()).isTrue();
    }

    @Test
    void sameRequestIsTheSameThoughTheRecipeHasChanged() throws Exception {
        StartDeployRequest.Builder request =
                recipe("show-region", Map.of("tenant", "acme")).setRequestId("r1");
        Deployment first = ci.start(request);
        ci.awaitEnd(first);
        Files.writeString(file, BOOK.replace("echo $REGION", "echo changed $REGION"));
        Eventually.until(
                "it is read anew",
                () -> ops.stub()
                        .listRecipes(ListRecipesRequest.getDefaultInstance())
                        .toString()
                        .contains("changed"));

        assertThat(ci.start(request).getDeploymentId()).isEqualTo(first.getDeploymentId());
        assertThat(refusal(ci, request.clone().putParameters("tenant", "other")).getCode())
                .isEqualTo(Status.Code.ALREADY_EXISTS);
    }

    private static List<String> names(ServerCalls caller) {
        return caller.stub().listRecipes(ListRecipesRequest.getDefaultInstance()).getRecipesList().stream()
                .map(Recipe::getName)
                .toList();
    }

    private static StartDeployRequest.Builder recipe(String name, Map<String, String> parameters) {
        return StartDeployRequest.newBuilder().setRecipe(name).putAllParameters(parameters);
    }

    private static Status refusal(ServerCalls caller, StartDeployRequest.Builder request) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> caller.start(request))
                .getStatus();
    }
}
