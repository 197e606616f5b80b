package io.deploytail.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Eventually;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.EndNotice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShellMessengerTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final DeploymentId ID = DeploymentId.create(Instant.EPOCH);

    @TempDir
    private Path directory;

    @Test
    void noticeIsALineOnTheInputAndItsIdIsInTheEnvironment() {
        Path told = directory.resolve("told");

        Optional<String> failure =
                deliver("{ cat; echo $DEPLOYTAIL_DEPLOYMENT_ID; echo $PATH; } >'" + told + "'", "{\"a\":\"ü\"}");

        assertThat(failure).isEmpty();
        assertThat(told).hasContent("{\"a\":\"ü\"}\n" + ID + "\n" + System.getenv("PATH"));
    }

    @Test
    void failureSaysHowTheCommandEndedAndWhatItSaidLast() {
        assertThat(deliver("echo no; echo network >&2; exit 3", "{}"))
                .contains("the command exited with 3, its last output was:\nno\nnetwork");
        assertThat(deliver("kill -KILL $$", "{}")).contains("the command was ended by signal 9");
        assertThat(deliver("printf '\\033[31mred\\007'; exit 1", "{}").orElseThrow())
                .endsWith("\n\uFFFD[31mred\uFFFD");
    }

    @Test
    void commandThatReadsNothingAndWritesMegabytesIsNotKeptWaiting() {
        String megabytes = "head -c 5000000 /dev/zero | tr '\\0' x";

        Optional<String> failure =
                deliver(megabytes + "; " + megabytes + " >&2; echo; echo last words; exit 1", "x".repeat(1 << 20));

        assertThat(failure.orElseThrow())
                .startsWith("the command exited with 1, its last output was:\nxxx")
                .endsWith("x\nlast words")
                .hasSizeLessThan(2200);
    }

    @Test
    void commandThatReadsNothingAndSucceedsHasSucceeded() {
        assertThat(deliver("exit 0", "x".repeat(1 << 20))).isEmpty();
    }

    @Test
    void commandThatDoesNotEndIsKilledWithAllItsProcesses() {
        ShellMessenger messenger = new ShellMessenger(
                "trap '' TERM; setsid sleep 1000 & sleep 1000 & echo asleep; sleep 1000; exit 0",
                Duration.ofSeconds(2));

        Optional<String> failure = messenger.deliver(notice("{}"));

        assertThat(failure.orElseThrow()).startsWith("the command did not end within 2 s");
        assertThat(processes()).isEmpty();
    }

    @Test
    void processThatWasLeftRunningGoesOn() throws Exception {
        Path stop = directory.resolve("stop");
        Path alive = directory.resolve("alive");

        Optional<String> failure = deliver(
                "(timeout 60 sh -c \"until [ -e '" + stop + "' ]; do sleep 0.02; done\"; : >'" + alive
                        + "') >/dev/null 2>&1 &",
                "{}");

        assertThat(failure).isEmpty();
        assertThat(processes()).isNotEmpty();
        Files.createFile(stop);
        Eventually.until("it has come to its end", () -> Files.exists(alive));
    }

    @Test
    void stopKillsWhatRunsAndWhatWouldBeRunLater() throws Exception {
        Path started = directory.resolve("started");
        ShellMessenger messenger = new ShellMessenger(": >'" + started + "'; exec sleep 1000", LONG);
        CompletableFuture<Optional<String>> failure =
                CompletableFuture.supplyAsync(() -> messenger.deliver(notice("{}")));
        Eventually.until("it runs", () -> Files.exists(started));

        messenger.stop();

        assertThat(failure.get(1, TimeUnit.MINUTES)).contains("the server stops; the command was ended by signal 9");
        assertThat(messenger.deliver(notice("{}"))).contains("the server stops; the command was ended by signal 9");
    }

    private static Optional<String> deliver(String command, String text) {
        return new ShellMessenger(command, LONG).deliver(notice(text));
    }

    private static EndNotice notice(String text) {
        return new EndNotice(1, ID, Instant.EPOCH, 0, Instant.EPOCH, text);
    }

    private static List<ProcessStat> processes() {
        return ProcessTable.processesOf(OptionalLong.empty(), "DEPLOYTAIL_ON_FINISH_OF=" + ID, List.of());
    }
}
