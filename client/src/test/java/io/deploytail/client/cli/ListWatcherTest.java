package io.deploytail.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.client.DeployRequest;
import io.deploytail.client.Deployment;
import io.deploytail.client.DeploytailClient;
import io.deploytail.server.DeploytailServer;
import io.deploytail.server.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code list --watch}, with a real server. */
@Timeout(60)
class ListWatcherTest {
    @TempDir
    private Path directory;

    private final CliRun cli = new CliRun().connectingForReal();
    private DeploytailServer server;
    private DeploytailClient client;

    @BeforeEach
    void start() {
        server = serve("127.0.0.1:0");
        client = DeploytailClient.connect(server.address());
    }

    @AfterEach
    void stop() throws IOException {
        cli.close();
        client.close();
        server.close();
    }

    @Test
    void eachChangeIsALineWhereThereIsNoTerminal() throws Exception {
        Deployment first = client.start(DeployRequest.of("sleep", "100"));
        CompletableFuture<Integer> exit = watch();
        await(() -> cli.out().contains(first.id() + " RUNNING"));

        client.cancel(first.id(), "");

        await(() -> cli.out().contains(first.id() + " CANCELLED"));
        assertThat(cli.out()).doesNotContain("\033");
        assertStops(exit);
    }

    @Test
    void eachChangeIsADeploymentInJson() throws Exception {
        CompletableFuture<Integer> exit = watch("--json");
        cli.interrupts.put(cli.interrupts.take()); // it watches
        Deployment deployment = client.start(DeployRequest.of("true"));

        await(() -> cli.out().contains("STATE_SUCCEEDED"));

        assertThat(cli.out().lines())
                .allMatch(line -> line.startsWith("{") && line.endsWith("}") && line.contains(deployment.id()));
        assertStops(exit);
    }

    @Test
    void tableOnATerminalIsKeptTrueInItsPlace() throws Exception {
        cli.onTerminal().environment.putAll(Map.of("COLUMNS", "70", "LINES", "20"));
        Deployment first = client.start(DeployRequest.of("sleep", "100"));
        CompletableFuture<Integer> exit = watch("--state", "running,queued");
        await(() -> screen().stream().anyMatch(line -> line.startsWith(first.id())));

        Deployment second = client.start(DeployRequest.of("sleep", "100"));
        await(() -> screen().size() == 3 && screen().get(1).startsWith(second.id()));
        client.cancel(first.id(), "");

        await(() -> screen().size() == 2);
        assertThat(screen().get(0)).startsWith("ID");
        assertThat(screen().get(1)).startsWith(second.id());
        assertThat(screen()).allMatch(line -> line.length() < 70);
        assertStops(exit);
        client.cancel(second.id(), "");
    }

    @Test
    void listGoesOnWhenTheServerComesBack() throws Exception {
        CompletableFuture<Integer> exit = watch();
        cli.interrupts.put(cli.interrupts.take());
        String address = server.address();

        server.close();
        await(() -> cli.err().contains("connection lost"));
        server = serve(address);
        Deployment deployment = client.start(DeployRequest.of("true"));

        await(() -> cli.out().contains(deployment.id() + " SUCCEEDED"));
        assertThat(cli.err().lines().filter(line -> line.contains("connection lost")))
                .hasSize(1);
        assertStops(exit);
    }

    private DeploytailServer serve(String address) {
        return DeploytailServer.start(ServerOptions.parse(
                "--listen", address, "--data-dir", directory.resolve("data").toString()));
    }

    private CompletableFuture<Integer> watch(String... options) {
        List<String> line = new ArrayList<>(List.of("--server", server.address(), "list", "--watch"));
        line.addAll(Arrays.asList(options));
        return CompletableFuture.supplyAsync(() -> cli.execute(line.toArray(String[]::new)));
    }

    private void assertStops(CompletableFuture<Integer> exit) throws Exception {
        cli.interrupts.take().run();
        assertThat(exit.get(30, TimeUnit.SECONDS)).isEqualTo(ExitCode.STOPPED.code());
    }

    /** What a terminal shows of what was written: the cursor moves up by lines, and lines are erased and written anew. */
    private List<String> screen() {
        List<String> lines = new ArrayList<>();
        int row = 0;
        for (String piece : cli.out().split("\n", -1)) {
            String text = piece;
            if (text.startsWith("\033[J")) {
                lines.subList(row, lines.size()).clear();
                text = text.substring(3);
            }
            if (text.startsWith("\033[") && text.contains("A\r")) {
                row -= Integer.parseInt(text.substring(2, text.indexOf('A')));
                text = text.substring(text.indexOf('A') + 1);
            }
            if (!text.isEmpty()) {
                String shown = text.replaceAll("\r|\033\\[[0-9;]*[mK]", "");
                if (row < lines.size()) {
                    lines.set(row, shown);
                } else {
                    lines.add(shown);
                }
                row++;
            }
        }
        return lines;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }
}
