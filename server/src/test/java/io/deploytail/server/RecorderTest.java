package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.LogGap;
import io.deploytail.v1.StartDeployRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What happens to output between the command and the database: its recorder dies, its disk is full, its server is down. */
@Timeout(40)
class RecorderTest {
    @TempDir
    private Path directory;

    private @Nullable FrozenFiles frozen;

    /** A shell that is gone leaves what it had started to do its work to the end. */
    @ParameterizedTest
    @CsvSource({"dd,7", "sh,13", "sh dd,7"})
    void whenItsRecorderIsKilledTheLogSaysThatBytesMayBeMissingAndGoesOn(String names, long gapOffset)
            throws Exception {
        Gate go = Gate.in(directory, "go");
        try (TestServer server = TestServer.start(data())) {
            Deployment deployment = server.shell("echo before; " + go.await() + "; echo after; exit 3");
            Follower follower = server.follow(deployment).awaitText("before\n");

            RecorderProcesses.of(deployment.getDeploymentId()).kill(names.split(" "));
            go.open();

            Deployment ended = follower.end().getDeployment();
            assertThat(ended.getExitCode()).isEqualTo(3);
            assertThat(follower.text()).isEqualTo("before\nafter\n");
            assertThat(follower.gaps())
                    .singleElement()
                    .isEqualTo(LogGap.newBuilder()
                            .setOffset(gapOffset)
                            .setNextOffset(gapOffset + 1)
                            .setReason(LogGap.Reason.REASON_COPIER_LOST)
                            .setAtLeast(true)
                            .build());
            assertThat(ended.getLogMissingBytes()).isEqualTo(1);
        }
    }

    @Test
    void whenItsRecorderIsKilledOverAndOverTheCommandIsNotBlockedAndEachGapIsInItsPlace() throws Exception {
        Gate go = Gate.in(directory, "go");
        Path copy = directory.resolve("copy");
        int kills = 12;
        try (TestServer server = TestServer.start(data())) {
            Deployment deployment = server.shell("i=0; until [ -e " + directory.resolve("go")
                    + " ]; do echo line $((i += 1)); sleep 0.001; done | tee " + copy);
            Follower follower = server.follow(deployment).awaitText("line 10\n");
            for (int i = 0; i < kills; i++) {
                RecorderProcesses.of(deployment.getDeploymentId()).kill(i % 2 == 0 ? "dd" : "sh");
                long from = follower.nextOffset();
                follower.await(
                        message -> message.hasChunk() && message.getChunk().getNextOffset() > from + 100);
            }
            go.open();

            Deployment ended = follower.end().getDeployment();
            assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
            assertThat(follower.gaps()).hasSizeBetween(1, kills).allMatch(LogGap::getAtLeast);
            LogPieces log = new LogPieces();
            log.add(follower);
            assertThat(Files.readString(copy)).containsSubsequence(log.texts());
        }
    }

    @Test
    void outputThatIsRemovedUnderTheServerIsStillReadAndTheLogGoesOn() throws Exception {
        Gate more = Gate.in(directory, "more");
        Gate end = Gate.in(directory, "end");
        try (TestServer server = TestServer.start(data())) {
            Deployment deployment = server.shell(
                    "echo before; " + more.await() + "; seq 20000; echo seen; " + end.await() + "; seq 20000; exit 3");
            Follower follower = server.follow(deployment).awaitText("before\n");
            for (Path segment : segments(server.runs(), deployment)) {
                Files.delete(segment);
            }
            more.open();
            follower.awaitText("seen\n");
            end.open();

            Deployment ended = follower.end().getDeployment();
            assertThat(ended.getExitCode()).isEqualTo(3);
            assertThat(follower.text()).isEqualTo("before\n" + seq(20000) + "seen\n" + seq(20000));
        }
    }

    @Test
    void outputThatIsRemovedWhileTheServerIsDownIsAGap() throws Exception {
        Gate more = Gate.in(directory, "more");
        Gate end = Gate.in(directory, "end");
        Path wrote = directory.resolve("wrote");
        Deployment deployment;
        try (ServerProcess server = ServerProcess.start(data())) {
            deployment = server.shell("echo before; " + more.await() + "; seq 20000; " + end.await() + "; "
                    + NumberedLines.command(0, 1_000_000) + "; : >" + wrote + "; exec sleep 1000");
            server.follow(deployment).awaitText("before\n");
            server.kill();
        }
        more.open();
        Path newest = segments(data().resolve("runs"), deployment).get(0);
        long removed = 7L + seq(20000).length();
        Eventually.until("all is written", () -> Files.size(newest) == removed);
        Files.delete(newest);
        end.open();
        awaitFile(wrote);

        try (ServerProcess server = ServerProcess.start(data())) {
            server.cancel(deployment.getDeploymentId());
            Follower follower = server.follow(deployment);
            long size = follower.end().getNextOffset();

            assertThat(size).isEqualTo(removed + 16_000_000);
            assertThat(follower.gaps()).hasSize(1);
            LogGap gap = follower.gaps().get(0);
            assertThat(gap.getOffset()).isEqualTo(7);
            assertThat(gap.getNextOffset()).isGreaterThan(removed);
            assertThat(gap.getReason()).isEqualTo(LogGap.Reason.REASON_COPIER_LOST);
            assertThat(gap.getAtLeast()).isFalse();
            assertThat(follower.text())
                    .isEqualTo("before\n" + NumberedLines.between(gap.getNextOffset() - removed, 16_000_000));
        }
    }

    @Test
    void gapThatBeginsWhereAFullPieceEndsIsToldAndTheLogGoesOn() throws Exception {
        Deployment deployment;
        try (ServerProcess server = ServerProcess.start(data())) {
            deployment = server.shell("echo before; sleep 1000");
            server.follow(deployment).awaitText("before\n");
            server.kill();
        }
        // As a recorder leaves it that found the disk full, and room again later.
        Path newest = segments(data().resolve("runs"), deployment).get(0);
        Files.writeString(newest, "x".repeat(64 << 10), StandardOpenOption.APPEND);
        Files.writeString(
                newest.resolveSibling(String.format("segment.%020d.DISK_FULL.atleast", 7 + (64 << 10) + 5)), "after\n");

        try (ServerProcess server = ServerProcess.start(data())) {
            Follower follower = server.follow(deployment).awaitText("before\n" + "x".repeat(64 << 10) + "after\n");
            server.cancel(deployment.getDeploymentId());

            follower.end();
            assertThat(follower.gaps()).hasSize(1);
            assertThat(follower.gaps().get(0).getOffset()).isEqualTo(7 + (64 << 10));
            assertThat(follower.gaps().get(0).getNextOffset()).isEqualTo(7 + (64 << 10) + 5);
        }
    }

    @Test
    void whatIsCommittedIsFreedFromTheSpoolWhileTheCommandRuns() throws Exception {
        Gate end = Gate.in(directory, "end");
        try (TestServer server = TestServer.start(data())) {
            Deployment deployment = server.shell(NumberedLines.command(0, 4_000_000) + "; " + end.await());
            String id = deployment.getDeploymentId();
            Eventually.until("all is committed", () -> server.get(id).getLogSize() == 64_000_000);

            assertThat(segments(server.runs(), deployment)).hasSize(1);
            assertThat(Files.size(segments(server.runs(), deployment).get(0))).isLessThanOrEqualTo(16 << 20);
            end.open();

            Eventually.until("it has ended", () -> server.get(id).hasEndTime());
            assertThat(server.get(id).getLogMissingBytes()).isZero();
        }
    }

    @Test
    void whileItsDiskIsFullTheCommandGoesOnAndTheLogSaysWhatIsMissing() throws Exception {
        Gate flood = Gate.in(directory, "flood");
        Path wrote = directory.resolve("wrote");
        Gate end = Gate.in(directory, "end");
        int lines = 3_000_000;
        try (SmallDisk disk = SmallDisk.mount(data().resolve("runs"), 24);
                TestServer server = TestServer.start(data())) {
            Deployment deployment = server.shell("echo before; " + flood.await() + "; "
                    + NumberedLines.command(0, lines) + "; : >" + wrote + "; " + end.await() + "; echo after; exit 3");
            Follower follower = server.follow(deployment).awaitText("before\n");
            HealthWatch health = HealthWatch.of(server.channel());
            health.await(ServingStatus.SERVING);
            disk.fill();
            flood.open();
            awaitFile(wrote);
            health.await(ServingStatus.NOT_SERVING);
            disk.free();
            health.await(ServingStatus.SERVING);
            awaitRecording(deployment);
            end.open();

            Deployment ended = follower.end().getDeployment();
            assertThat(ended.getExitCode()).isEqualTo(3);
            assertThat(follower.gaps()).hasSize(1);
            LogGap gap = follower.gaps().get(0);
            assertThat(gap.getReason()).isEqualTo(LogGap.Reason.REASON_DISK_FULL);
            assertThat(gap.getAtLeast()).isTrue();
            assertThat(gap.getNextOffset()).isLessThanOrEqualTo(7 + lines * 16L);
            assertThat(follower.text())
                    .isEqualTo("before\n" + NumberedLines.between(0, gap.getOffset() - 7) + "after\n");
        }
    }

    @Test
    void aLogWhoseDiskStaysFullToTheEndSaysWhatIsMissing() throws Exception {
        Gate go = Gate.in(directory, "go");
        try (SmallDisk disk = SmallDisk.mount(data().resolve("runs"), 8);
                TestServer server = TestServer.start(data())) {
            Deployment deployment = server.shell("echo before; " + go.await() + "; seq 100000; exit 3");
            Follower follower = server.follow(deployment).awaitText("before\n");
            disk.fill();
            go.open();

            Deployment ended = follower.end().getDeployment();
            assertThat(ended.getExitCode()).isEqualTo(3);
            assertThat(follower.gaps()).singleElement().satisfies(gap -> {
                assertThat(gap.getReason()).isEqualTo(LogGap.Reason.REASON_DISK_FULL);
                assertThat(gap.getNextOffset()).isEqualTo(ended.getLogSize());
            });
        }
    }

    @Test
    void aCommandIsNotSilentBecauseItsDiskIsFull() throws Exception {
        Gate go = Gate.in(directory, "go");
        Path wrote = directory.resolve("wrote");
        try (SmallDisk disk = SmallDisk.mount(data().resolve("runs"), 8);
                TestServer server = TestServer.start(data())) {
            Deployment deployment = server.start(StartDeployRequest.newBuilder()
                    .addAllCommand(List.of(
                            "sh",
                            "-c",
                            "echo before; " + go.await() + "; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do"
                                    + " head -c 5000 /dev/zero; sleep 0.25; done; : >" + wrote + "; exit 3"))
                    .setSilenceTimeout(Duration.newBuilder().setSeconds(2)));
            server.follow(deployment).awaitText("before\n");
            disk.fill();
            go.open();
            awaitFile(wrote);
            disk.free();

            Deployment ended = server.awaitEnd(deployment);
            assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_EXITED);
            assertThat(ended.getLogMissingBytes()).isPositive();
        }
    }

    @Test
    void whatAFullDiskTookIsAGapAlsoIfAProcessLeftBehindHoldsTheOutputOpen() throws Exception {
        Gate go = Gate.in(directory, "go");
        Gate end = Gate.in(directory, "end");
        try (SmallDisk disk = SmallDisk.mount(data().resolve("runs"), 8);
                TestServer server = TestServer.start(data())) {
            Deployment deployment =
                    server.shell("echo before; " + go.await() + "; seq 100000; " + end.await() + " & exit 3");
            server.follow(deployment).awaitText("before\n");
            disk.fill();
            go.open();

            Deployment ended = server.awaitEnd(deployment);
            end.open();
            assertThat(ended.getMessage()).contains("held its output open");
            assertThat(ended.getLogMissingBytes()).isGreaterThan(500_000);
        }
    }

    @Test
    void whatEndsWhileItsDirectoryIsReadOnlyHasItsExitCodeAndItsGap() throws Exception {
        Gate go = Gate.in(directory, "go");
        Path wrote = directory.resolve("wrote");
        try (TestServer server = TestServer.start(data())) {
            Deployment deployment =
                    server.shell("echo before; " + go.await() + "; seq 100000; : >" + wrote + "; exit 3");
            server.follow(deployment).awaitText("before\n");
            FrozenFiles files = freeze(server);
            go.open();
            awaitFile(wrote);
            String identity = Files.readString(
                    server.runs().resolve(deployment.getDeploymentId()).resolve("claimed"));
            ProcessHandle wrapper =
                    ProcessHandle.of(Long.parseLong(identity.split(" ", 3)[1])).orElseThrow();
            Eventually.until(
                    "it waits to try again",
                    () -> wrapper.children()
                            .anyMatch(child -> child.info().command().orElse("").endsWith("/sleep")));
            files.thaw();

            Deployment ended = server.awaitEnd(deployment);
            assertThat(ended.getExitCode()).isEqualTo(3);
            assertThat(ended.getLogMissingBytes()).isPositive();
        }
    }

    @Test
    void whatIsQueuedWaitsWhileThereIsNoRoomForItsOutput() throws Exception {
        Gate end = Gate.in(directory, "end");
        try (SmallDisk disk = SmallDisk.mount(data().resolve("runs"), 8);
                TestServer server = TestServer.start(data())) {
            Deployment holder = server.start(onTarget(end.await()));
            List<Deployment> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                waiting.add(server.start(onTarget("echo ran; exit 3")));
            }
            HealthWatch health = HealthWatch.of(server.channel());
            health.await(ServingStatus.SERVING);
            disk.fill();
            end.open();
            server.awaitEnd(holder);
            health.await(ServingStatus.NOT_SERVING);
            disk.free();

            for (Deployment deployment : waiting) {
                assertThat(server.awaitEnd(deployment).getExitCode()).isEqualTo(3);
                assertThat(server.text(deployment)).isEqualTo("ran\n");
            }
        }
    }

    @Test
    void aRecorderThatIsKilledWhileItsDirectoryIsReadOnlyIsReplacedAllTheSame() throws Exception {
        Gate go = Gate.in(directory, "go");
        Path wrote = directory.resolve("wrote");
        try (TestServer server = TestServer.start(data())) {
            Deployment deployment =
                    server.shell("echo before; " + go.await() + "; seq 100000; : >" + wrote + "; exit 3");
            server.follow(deployment).awaitText("before\n");
            FrozenFiles files = freeze(server);
            RecorderProcesses.of(deployment.getDeploymentId()).kill("sh", "dd");
            go.open();
            awaitFile(wrote);
            files.thaw();

            Deployment ended = server.awaitEnd(deployment);
            assertThat(ended.getExitCode()).isEqualTo(3);
            assertThat(ended.getLogMissingBytes()).isPositive();
        }
    }

    @Test
    void whileItsDirectoryIsReadOnlyTheCommandGoesOn() throws Exception {
        Gate flood = Gate.in(directory, "flood");
        Path wrote = directory.resolve("wrote");
        Gate end = Gate.in(directory, "end");
        try (TestServer server = TestServer.start(data())) {
            Deployment deployment =
                    server.shell("echo before; " + flood.await() + "; " + NumberedLines.command(0, 3_000_000) + "; : >"
                            + wrote + "; " + end.await() + "; echo after; exit 3");
            Follower follower = server.follow(deployment).awaitText("before\n");
            HealthWatch health = HealthWatch.of(server.channel());
            health.await(ServingStatus.SERVING);
            FrozenFiles files = freeze(server);
            flood.open();
            awaitFile(wrote);
            health.await(ServingStatus.NOT_SERVING);
            assertThatThrownBy(() -> server.run("true")).hasMessageStartingWith("UNAVAILABLE");
            files.thaw();
            health.await(ServingStatus.SERVING);
            awaitRecording(deployment);
            end.open();

            Deployment ended = follower.end().getDeployment();
            assertThat(ended.getExitCode()).isEqualTo(3);
            assertThat(follower.gaps()).isNotEmpty().allMatch(gap -> gap.getReason() == LogGap.Reason.REASON_DISK_FULL);
            assertThat(follower.text()).isEqualTo("before\nafter\n");
        }
    }

    private static StartDeployRequest.Builder onTarget(String script) {
        return StartDeployRequest.newBuilder().setTarget("tenant").addAllCommand(List.of("sh", "-c", script));
    }

    private FrozenFiles freeze(TestServer server) throws Exception {
        FrozenFiles files = FrozenFiles.in(server.runs());
        frozen = files;
        return files;
    }

    @AfterEach
    void thaw() throws Exception {
        if (frozen != null) {
            frozen.thaw();
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    private static List<Path> segments(Path runs, Deployment deployment) throws IOException {
        try (Stream<Path> files = Files.list(runs.resolve(deployment.getDeploymentId()))) {
            return files.filter(file -> file.getFileName().toString().startsWith("segment."))
                    .sorted()
                    .toList();
        }
    }

    private static void awaitRecording(Deployment deployment) throws Exception {
        RecorderProcesses recorder = RecorderProcesses.of(deployment.getDeploymentId());
        Eventually.until("it is recorded again", () -> !recorder.named("dd").isEmpty());
    }

    private static void awaitFile(Path file) throws Exception {
        Eventually.until("there is " + file, () -> Files.exists(file));
    }

    private static String seq(int last) {
        StringBuilder lines = new StringBuilder();
        for (int i = 1; i <= last; i++) {
            lines.append(i).append('\n');
        }
        return lines.toString();
    }
}
