package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.StartDeployRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands that do with their processes what a command may do. Each ends as it should, and leaves nothing that must go. */
@Timeout(60)
class ProcessesTest {
    @TempDir
    private Path directory;

    /** What {@code $STAY} in the scripts reads: so the program that stays until it is killed is known by its arguments. */
    private Path stay;

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        stay = Files.createFile(directory.resolve("stay"));
        server = TestServer.start(directory.resolve("data"), "--grace-period", "500ms");
    }

    @AfterEach
    void stop() throws Exception {
        staying().forEach(ProcessHandle::destroyForcibly);
        server.close();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiterString = "=>", quoteCharacter = '"', textBlock = """
            cat; read line || echo none; exit 3 => 3 => none
            cat <&0; exec sh -c 'echo replaced; exit 9' => 9 => replaced
            trap 'echo bye; exit 5' EXIT; exit 1 => 5 => bye
            echo done; exec >&- 2>&-; sleep 0.2; exit 6 => 6 => done
            ulimit -f 0; head -c 100000 /dev/zero | tr -d '\\0'; echo done => 0 => done
            ulimit -f 0; ulimit -n 8; echo done => 0 => done
            sh -c 'true & exec sleep 0.2'; echo done => 0 => done
            (sleep 0.2; echo late) & exit 7 => 7 => late
            (setsid sh -c '(sleep 0.2; echo late) &'); exit 8 => 8 => late
            exit 128 => 128 =>
            exit 193 => 193 =>
            exit 255 => 255 =>
            """)
    void commandThatExitsHasItsCodeAndAllOfItsOutput(String script, int code, String output) throws Exception {
        Deployment deployment = server.shell(script);

        Deployment ended = server.awaitEnd(deployment);

        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_EXITED);
        assertThat(ended.getExitCode()).isEqualTo(code);
        assertThat(ended.getMessage()).isEmpty();
        assertThat(server.text(ended)).isEqualTo(output == null ? "" : output + "\n");
    }

    /** Not HUP, INT and QUIT, which whoever starts the tests may have set to be ignored. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiterString = "=>", quoteCharacter = '"', textBlock = """
            kill -ILL $$ => 4
            kill -TRAP $$ => 5
            kill -BUS $$ => 7
            kill -FPE $$ => 8
            kill -KILL $$ => 9
            kill -USR1 $$ => 10
            kill -USR2 $$ => 12
            kill -PIPE $$ => 13
            kill -ALRM $$ => 14
            kill -TERM $$ => 15
            kill -XCPU $$ => 24
            kill -SYS $$ => 31
            kill -34 $$ => 34
            kill -64 $$ => 64
            ulimit -c unlimited; kill -ABRT $$ => 6
            ulimit -c unlimited; kill -SEGV $$ => 11
            kill -KILL 0 => 9
            kill -TERM 0 => 15
            ulimit -f 0; exec dd if=/dev/zero of=filled 2>&- => 25
            exit 143 => 15
            """)
    void commandThatASignalEndsHasItsNumber(String script, int signal) throws Exception {
        Deployment deployment = server.shell("cd '" + directory + "'; echo own; " + script + "; echo not reached");

        Deployment ended = server.awaitEnd(deployment);

        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_FAILED);
        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_SIGNALLED);
        assertThat(ended.getSignal()).isEqualTo(signal);
        assertThat(ended.getMessage()).isEmpty();
        assertThat(server.text(ended)).isEqualTo("own\n");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "trap '' TERM; echo ready; $STAY",
                "echo ready; exec $STAY",
                "echo ready; exec >&- 2>&-; $STAY >/dev/null 2>&1", // tail ends where it has no output
                "echo ready; kill -STOP $$",
                "true & echo ready; exec $STAY", // which does not reap that
                "$STAY & ($STAY &); echo ready; $STAY",
                "(setsid sh -c '$STAY & $STAY' &); echo ready; $STAY", // a daemon
                "(setsid sh -c '(setsid $STAY >/dev/null 2>&1 &)' &); echo ready; $STAY",
                "(env -i PATH=$PATH sh -c \"$STAY & $STAY\" &); echo ready; $STAY", // no mark, but in the session
                "echo ready; timeout 1000 $STAY", // in a process group of its own
                "i=0; while [ $i -lt 200 ]; do $STAY & i=$((i + 1)); done; echo ready; wait",
                "trap '' TERM; echo ready; while :; do (sleep 0.1; exec $STAY) & sleep 0.05; done",
            })
    void cancelLeavesNothingRunning(String script) throws Exception {
        Deployment deployment = shell(script);
        Follower follower = server.follow(deployment).awaitText("ready\n");

        server.cancel(deployment.getDeploymentId());

        Deployment ended = follower.end().getDeployment();
        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_CANCELLED);
        assertThat(ended.getMessage()).isEqualTo("Cancelled.");
        assertThat(staying()).isEmpty();
    }

    @Test
    void daemonThatLetsGoOfTheOutputGoesOnAfterTheEndUnharmed() throws Exception {
        Deployment deployment = shell("setsid sh -c 'echo $$; exec $STAY >/dev/null 2>&1' & exit 0");

        Deployment ended = server.awaitEnd(deployment);

        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        assertThat(ended.getMessage()).isEmpty();
        long daemon = Long.parseLong(server.text(ended).strip());
        assertThat(ProcessHandle.of(daemon).filter(ProcessHandle::isAlive)).isPresent();
    }

    @Test
    void processThatEscapesACancelDoesNotKeepTheDeploymentFromItsEnd() throws Exception {
        Deployment deployment = server.shell(
                "(env -i PATH=\"$PATH\" setsid tail -f '" + stay + "' &); echo echo ready; exec sleep 1000");
        Follower follower = server.follow(deployment).awaitText("ready\n");

        server.cancel(deployment.getDeploymentId());

        Deployment ended = follower.end().getDeployment();
        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
        assertThat(ended.getMessage()).contains("held its output open");
    }

    private Deployment shell(String script) {
        return server.start(StartDeployRequest.newBuilder()
                .addAllCommand(List.of("sh", "-c", script))
                .putEnv("STAY", "tail -f " + stay));
    }

    /** The living processes of {@code $STAY}. */
    private List<ProcessHandle> staying() {
        return ProcessHandle.allProcesses()
                .filter(process -> commandLine(process.pid()).contains(stay.toString()))
                .toList();
    }

    /** Empty for a zombie. */
    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
