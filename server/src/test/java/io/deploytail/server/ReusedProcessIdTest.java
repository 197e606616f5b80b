package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Process ids come round again: what has one of a deployment's now has nothing to do with it. */
@Timeout(60)
class ReusedProcessIdTest {
    /** In how far the process that has the id now is another. */
    enum Stranger {
        STARTED_AT_ANOTHER_TIME,
        STARTED_AFTER_THE_HOST_DID
    }

    private static final int START_TICKS = 21;

    @TempDir
    private Path directory;

    private TestServer server;
    private Process stranger;

    @BeforeEach
    void start() throws IOException {
        // It leads a session, as a command does.
        stranger = new ProcessBuilder("setsid", "sleep", "1000").start();
        server = TestServer.start(directory.resolve("data"), "--grace-period", "100ms");
    }

    @AfterEach
    void stop() throws Exception {
        stranger.destroyForcibly().waitFor();
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void itIsNotTakenForTheOneThatWatchesTheCommand(Stranger kind) throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("echo ready; " + go.await());
        server.follow(deployment).awaitText("ready\n");
        server.stop();

        giveItsIdsTo(kind, deployment);
        go.open();
        server.restart();

        Deployment ended = server.awaitEnd(deployment);
        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_INTERRUPTED);
        assertThat(stranger.isAlive()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void cancelDoesItNoHarm(Stranger kind) throws Exception {
        Deployment deployment = server.shell("echo ready; exec sleep 1000");
        server.follow(deployment).awaitText("ready\n");
        server.stop();

        giveItsIdsTo(kind, deployment);
        server.restart();
        server.cancel(deployment.getDeploymentId());

        assertThat(server.awaitEnd(deployment).getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
        assertThat(stranger.isAlive()).isTrue();
    }

    /** Kills the wrapper, and makes the stranger have the ids of the run's processes. The command goes on. */
    private void giveItsIdsTo(Stranger kind, Deployment deployment) throws Exception {
        ProcessHandle wrapper = wrapper(deployment);
        wrapper.destroyForcibly();
        wrapper.onExit().get();
        String identity = identityOf(kind);
        for (String file : List.of("claimed", "command.id")) {
            Files.writeString(run(deployment).resolve(file), identity);
        }
    }

    private String identityOf(Stranger kind) throws IOException {
        String boot =
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        String stat = Files.readString(Path.of("/proc/" + stranger.pid() + "/stat"), StandardCharsets.ISO_8859_1);
        return switch (kind) {
            case STARTED_AT_ANOTHER_TIME -> {
                List<String> fields = new ArrayList<>(Arrays.asList(stat.split(" ", -1)));
                fields.set(START_TICKS, Long.toString(Long.parseLong(fields.get(START_TICKS)) - 1));
                yield boot + " " + String.join(" ", fields);
            }
            case STARTED_AFTER_THE_HOST_DID -> UUID.randomUUID() + " " + stat;
        };
    }

    private ProcessHandle wrapper(Deployment deployment) throws IOException {
        String identity = Files.readString(run(deployment).resolve("claimed"), StandardCharsets.ISO_8859_1);
        return ProcessHandle.of(Long.parseLong(identity.split(" ", -1)[1])).orElseThrow();
    }

    private Path run(Deployment deployment) {
        return server.runs().resolve(deployment.getDeploymentId());
    }
}
