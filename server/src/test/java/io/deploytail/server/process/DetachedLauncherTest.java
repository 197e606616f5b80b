package io.deploytail.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Gate;
import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.RequestDraft;
import io.deploytail.server.deployment.Run;
import io.deploytail.server.deployment.RunStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetachedLauncherTest {
    @TempDir
    private Path directory;

    private final DeploymentId id = DeploymentId.create(Instant.now());
    private final BlockingQueue<Boolean> changes = new LinkedBlockingQueue<>();
    private DetachedLauncher launcher;

    @SuppressWarnings("NullAway.Init") // each test launches its own
    private Run run;

    @BeforeEach
    void open() throws IOException {
        launcher = DetachedLauncher.open(directory.resolve("runs"), DetachedLauncher.MIN_SPOOL_LIMIT, false);
    }

    @AfterEach
    void close() throws IOException, InterruptedException {
        await(status -> run.kill() == 0 && countWrappers() == 0); // or it would write into what is being deleted
        run.close();
        launcher.close();
    }

    @Test
    void outputAndExitCodeAreThoseOfTheCommand() throws Exception {
        launch("sh", "-c", "echo out; echo err >&2; echo more; exit 7");

        assertThat(ended().status()).isEqualTo(7);
        assertThat(output()).isEqualTo("out\nerr\nmore\n");
    }

    @Test
    void argumentsArriveExactlyAsTheyAre() throws Exception {
        StringBuilder everyCharacter = new StringBuilder();
        for (int c = 1; c < 0x300; c++) {
            everyCharacter.append((char) c);
        }
        everyCharacter.append("€😀");
        List<String> command =
                List.of("printf", "%s|", "", " ", "'", "$HOME", "a\nb", "\\", "*", "--", everyCharacter.toString());

        launch(command.toArray(String[]::new));

        ended();
        assertThat(output()).isEqualTo(String.join("|", command.subList(2, command.size())) + "|");
    }

    @Test
    void environmentIsBuiltAndNotInherited() throws Exception {
        launch(RequestDraft.plain()
                .running("env")
                .withEnv(Map.of("GREETING", "it's\nme", "HOME", "/elsewhere"))
                .request());

        ended();
        List<String> names = new ArrayList<>();
        for (String line : output().lines().toList()) {
            if (line.contains("=")) {
                names.add(line.substring(0, line.indexOf('=')));
            }
        }
        assertThat(names)
                .containsExactlyInAnyOrder(
                        "HOME", "USER", "PATH", "LANG", "PWD", "GREETING", DeploymentId.ENVIRONMENT_NAME);
        assertThat(output()).contains("GREETING=it's\nme\n", "HOME=/elsewhere\n", "LANG=C.UTF-8\n");
    }

    @Test
    void standardInputIsEmptyAndNoDescriptorLeaks() throws Exception {
        launch("sh", "-c", "cat; ls /proc/self/fd | wc -l; ls -l /proc/$$/fd | grep -c /");

        ended();
        // ls holds the folder it lists, besides the three standard ones; the shell has /dev/null as its input only
        assertThat(output()).isEqualTo("4\n1\n");
    }

    @Test
    void commandMayTruncateItsStandardOutputWithoutLosingTheLog() throws Exception {
        launch("sh", "-c", "echo one; echo two > /dev/stdout; echo three | tee /dev/stderr");

        ended();
        assertThat(output()).isEqualTo("one\ntwo\nthree\nthree\n");
    }

    @Test
    void namesOfShellBuiltinsAreNoCommands() throws Exception {
        launch("exit", "3");

        RunStatus.Exit exit = ended();
        assertThat(exit.failedToStart()).isTrue();
        assertThat(exit.status()).isEqualTo(127);
        assertThat(output()).contains("exit: not found");
    }

    @Test
    void commandThatDoesNotExistFailedToStart() throws Exception {
        launch("no-such-command");

        RunStatus.Exit exit = ended();
        assertThat(exit.failedToStart()).isTrue();
        assertThat(exit.status()).isEqualTo(127);
        assertThat(output()).contains("no-such-command: not found");
    }

    @Test
    void fileThatIsNotExecutableFailedToStart() throws Exception {
        launch(Files.writeString(directory.resolve("plain"), "text").toString());

        RunStatus.Exit exit = ended();
        assertThat(exit.failedToStart()).isTrue();
        assertThat(exit.status()).isEqualTo(126);
        assertThat(output()).contains("Permission denied");
    }

    @Test
    void workingDirectoryThatDoesNotExistFailedToStart() throws Exception {
        launch(request("", "/no/such/directory", "true"));

        RunStatus.Exit exit = ended();
        assertThat(exit.failedToStart()).isTrue();
        assertThat(exit.status()).isEqualTo(127);
        assertThat(output()).contains("/no/such/directory");
    }

    @Test
    void exitCode127OfACommandThatRanIsItsOwn() throws Exception {
        launch("sh", "-c", "exit 127");

        RunStatus.Exit exit = ended();
        assertThat(exit.failedToStart()).isFalse();
        assertThat(exit.status()).isEqualTo(127);
    }

    /** A power cut may leave any part of it. */
    @Test
    void ofATruncatedCommandScriptNothingIsRun() throws Exception {
        Path ran = directory.resolve("ran");
        launcher.prepare(
                id, request("", directory.toString(), "touch", ran.toString(), "and more"), directory.toString());
        String script = Files.readString(runDirectory().resolve("command.sh"));

        for (int length = script.length() - 3; length > 0; length -= 7) { // without the brace, at first
            Files.writeString(runDirectory().resolve("command.sh"), script.substring(0, length));
            Process shell = new ProcessBuilder("sh", "-c", ". ./command.sh; exit 126")
                    .directory(runDirectory().toFile())
                    .start();
            assertThat(shell.waitFor()).isNotZero();
            assertThat(ran).doesNotExist();
        }
        Files.writeString(runDirectory().resolve("command.sh"), "");
        run = launcher.launch(id, () -> changes.add(true));
        assertThat(ended().status()).isEqualTo(126);
    }

    @Test
    void whatIsPreparedToOutliveAPowerCutRunsAsAnyOther() throws Exception {
        launcher.close();
        launcher = DetachedLauncher.open(directory.resolve("runs"), DetachedLauncher.MIN_SPOOL_LIMIT, true);

        launch("echo", "ran");

        assertThat(ended().status()).isZero();
        assertThat(output()).isEqualTo("ran\n");
    }

    @Test
    void runThatWasStartedBeforeThereWereSegmentsIsReadToItsEnd() throws Exception {
        Gate go = Gate.in(directory, "go");
        launchAsBeforeSegments("echo before; " + go.await() + "; echo after; exit 5");
        await(status -> outputText().equals("before\n"));
        await(status -> run.recorder() == Run.Recorder.WAITING);
        go.open();

        assertThat(ended().status()).isEqualTo(5);
        assertThat(output()).isEqualTo("before\nafter\n");
        assertThat(run.gapAt(0)).isEmpty();
    }

    @Test
    void recordingOfARunThatWasStartedBeforeThereWereSegmentsCanBeStopped() throws Exception {
        launchAsBeforeSegments("(while :; do echo noise; sleep 0.01; done) & echo done");
        await(status -> status.exit().isPresent());

        await(status -> run.stopRecording());

        assertThat(run.recorder()).isEqualTo(Run.Recorder.GONE);
        assertThat(run.status().outputComplete()).isFalse();
        assertThat(output()).contains("done\n");
    }

    private void launchAsBeforeSegments(String script) throws IOException {
        launcher.prepare(id, request("", directory.toString(), "sh", "-c", script), directory.toString());
        Files.move(runDirectory().resolve(Segment.FIRST), runDirectory().resolve("output"));
        try (InputStream earlier = getClass().getResourceAsStream("run-before-segments.sh")) {
            assertThat(earlier).isNotNull();
            Files.write(runDirectory().resolve("run.sh"), earlier.readAllBytes());
        }
        run = launcher.launch(id, () -> changes.add(true));
    }

    @Test
    void onlyOneOfTwoLaunchesRunsTheCommand() throws Exception {
        launcher.prepare(id, request("", directory.toString(), "sh", "-c", "echo ran >> ran"), directory.toString());
        run = launcher.launch(id, () -> changes.add(true));
        Run second = launcher.launch(id, () -> changes.add(true));

        ended();
        await(status -> countWrappers() == 0);
        second.close();

        assertThat(directory.resolve("ran")).hasContent("ran");
    }

    @Test
    void claimedRunNeverStarts() throws Exception {
        launcher.prepare(id, request("", directory.toString(), "touch", "ran"), directory.toString());
        run = launcher.adopt(id, () -> changes.add(true));
        assertThat(run.claim()).isTrue();
        run.close();

        run = launcher.launch(id, () -> changes.add(true));

        await(RunStatus::outputComplete);
        assertThat(run.claim()).as("claimed by a server already").isTrue();
        assertThat(run.isAttended()).isFalse();
        assertThat(run.status().exit()).isEmpty();
        assertThat(directory.resolve("ran")).doesNotExist();
    }

    @Test
    void runIsFoundAgainAfterEverybodyStoppedLooking() throws Exception {
        Path go = directory.resolve("go");
        assertThat(new ProcessBuilder("mkfifo", go.toString()).start().waitFor())
                .isZero();
        launch("sh", "-c", "echo before; read line < go; echo $line; exit 5");
        await(status -> outputText().contains("before"));
        run.close();
        launcher.close();

        launcher = DetachedLauncher.open(directory.resolve("runs"), DetachedLauncher.MIN_SPOOL_LIMIT, false);
        run = launcher.adopt(id, () -> changes.add(true));
        assertThat(run.claim()).isFalse();
        assertThat(run.isAttended()).isTrue();
        Files.writeString(go, "after\n");

        assertThat(ended().status()).isEqualTo(5);
        assertThat(output()).isEqualTo("before\nafter\n");
    }

    @Test
    void killReachesProcessesInOtherSessionsAndGroups() throws Exception {
        launch("sh", "-c", "setsid sleep 1000 & sh -c 'trap \"\" TERM; sleep 1000' & echo ready; wait");
        await(status -> outputText().contains("ready"));

        assertThat(run.processCount()).isGreaterThanOrEqualTo(3);
        run.kill();

        ended();
        await(status -> run.processCount() == 0);
        assertThat(ended().status()).isEqualTo(137);
    }

    @Test
    void lastWordsOfATerminatedCommandAndItsExitStatusArrive() throws Exception {
        launch("sh", "-c", "trap 'echo rolling back; exit 9' TERM; echo ready; while :; do sleep 0.01; done");
        await(status -> outputText().contains("ready"));

        run.terminate();

        assertThat(ended().status()).isEqualTo(9);
        assertThat(output()).startsWith("ready\n").endsWith("rolling back\n");
    }

    @Test
    void nothingButTheCommandWritesToItsLog() throws Exception {
        launch("sh", "-c", "echo own; kill -TERM $$");

        assertThat(ended().status()).isEqualTo(143);
        assertThat(output()).isEqualTo("own\n");
    }

    @Test
    void processLeftBehindSurvivesTheEndOfRecordingAndFillsNoDisk() throws Exception {
        Path alive = Files.createFile(directory.resolve("alive"));
        launch("sh", "-c", "(while :; do echo noise; echo still >> " + alive + "; sleep 0.01; done) & echo done");
        await(status -> status.exit().isPresent());
        assertThat(run.status().outputComplete()).isFalse();

        await(status -> run.stopRecording());
        long size = run.outputEnd();
        long lines = Files.size(alive);
        await(status -> sizeOf(alive) > lines + 100);

        assertThat(run.outputEnd()).isEqualTo(size);
        assertThat(run.processCount()).isPositive();
    }

    @Test
    void exitIsNotSeenBeforeARecorderIsThere() throws Exception {
        Path ran = directory.resolve("ran");
        Path go = directory.resolve("go");
        DeployRequest request = request("", directory.toString(), "sh", "-c", "echo done; : > " + ran);
        launcher.prepare(id, request, directory.toString());
        Path recordScript = runDirectory().resolve("record.sh");
        Files.writeString(
                recordScript, "until [ -e " + go + " ]; do sleep 0.02; done\n" + Files.readString(recordScript));
        run = launcher.launch(id, () -> changes.add(true));
        await(status -> Files.exists(ran) && run.processCount() == 0);
        assertThat(run.status().exit()).isEmpty();

        Files.createFile(go);

        assertThat(ended().status()).isZero();
        assertThat(output()).isEqualTo("done\n");
    }

    @Test
    void runWhoseWrapperWasKilledIsNotAttended() throws Exception {
        launch("sleep", "1000");
        await(status -> run.processCount() == 1);
        assertThat(run.isAttended()).isTrue();

        long wrapper = ProcessIdentity.read(runDirectory().resolve("claimed"))
                .orElseThrow()
                .pid();
        ProcessHandle.of(wrapper).orElseThrow().destroyForcibly();

        await(status -> !run.isAttended());
        assertThat(run.status().exit()).isEmpty();
        assertThat(run.processCount()).isEqualTo(1);
    }

    @Test
    void onlyTheOwnerCanReadARunDirectory() throws Exception {
        launch("true");

        ended();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(runDirectory())))
                .isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(runDirectory().resolve("command.sh"))))
                .isEqualTo("rw-------");
    }

    private void launch(String... command) throws IOException {
        launch(request("", directory.toString(), command));
    }

    private void launch(DeployRequest request) throws IOException {
        String workingDirectory =
                request.workingDirectory().isEmpty() ? directory.toString() : request.workingDirectory();
        launcher.prepare(id, request, workingDirectory);
        run = launcher.launch(id, () -> changes.add(true));
    }

    private static DeployRequest request(String target, String workingDirectory, String... command) {
        return RequestDraft.plain()
                .on(target)
                .in(workingDirectory)
                .running(command)
                .request();
    }

    private RunStatus.Exit ended() throws InterruptedException {
        await(status -> status.exit().isPresent() && status.outputComplete());
        return run.status().exit().orElseThrow();
    }

    /** Looks again after each change, and now and then for what is no change of the run directory. */
    private void await(Predicate<RunStatus> condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.test(run.status())) {
            assertThat(System.nanoTime()).as("still waiting").isLessThan(deadline);
            changes.poll(20, TimeUnit.MILLISECONDS);
        }
    }

    private String output() throws IOException {
        return new String(run.readOutput(0, (int) run.outputEnd()), StandardCharsets.UTF_8);
    }

    private String outputText() {
        try {
            return output();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Path runDirectory() {
        return directory.resolve("runs").resolve(id.text());
    }

    /** How many shells are at work in the run directory. */
    private long countWrappers() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .arguments()
                        .filter(arguments ->
                                List.of(arguments).contains(runDirectory().toString()))
                        .isPresent())
                .count();
    }

    private static long sizeOf(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
