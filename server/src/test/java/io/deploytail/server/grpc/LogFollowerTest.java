package io.deploytail.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Eventually;
import io.deploytail.server.Follower;
import io.deploytail.server.Gate;
import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.Deployments;
import io.deploytail.server.deployment.Identities;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.LogAppender;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.Quotas;
import io.deploytail.server.deployment.RecipeBook;
import io.deploytail.server.deployment.RequestDraft;
import io.deploytail.server.deployment.RunServices;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.deployment.Watchers;
import io.deploytail.server.process.DetachedLauncher;
import io.deploytail.server.storage.Durability;
import io.deploytail.server.storage.SqliteStorage;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.LogGap.Reason;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How a follower is fed. In process, a stream is ready exactly while the client has asked for more messages than it was
 * sent, so slow clients need no timing here.
 */
class LogFollowerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final int MEGABYTE = 1 << 20;

    @TempDir
    private Path directory;

    private final ScheduledExecutorService timers = Executors.newScheduledThreadPool(1);
    private final ExecutorService turns = Executors.newSingleThreadExecutor();
    private SqliteStorage storage;
    private DetachedLauncher launcher;
    private FaultyLogStore logs;
    private Deployments deployments;
    private Server server;
    private ManagedChannel channel;

    /** Runs the followers' turns. */
    private volatile Executor followers = Runnable::run;

    @BeforeEach
    void start() throws Exception {
        storage = SqliteStorage.open(directory.resolve("test.db"), Durability.NORMAL, isWell -> {}, Tally.NONE);
        launcher = DetachedLauncher.open(directory.resolve("runs"), DetachedLauncher.MIN_SPOOL_LIMIT, false);
        logs = new FaultyLogStore(storage.logs());
        deployments = new Deployments(
                new RunServices(
                        launcher,
                        storage.deployments(),
                        logs,
                        Clock.systemUTC(),
                        Runnable::run,
                        timers,
                        Duration.ofSeconds(1),
                        RunServices.MIN_LOG_LIMIT,
                        Tally.NONE),
                new Limits(1, 1),
                new Quotas(1, 1, System::nanoTime),
                () -> RecipeBook.NONE,
                "/",
                ended -> {},
                () -> {});
        server = InProcessServerBuilder.forName("followers")
                .directExecutor()
                .addService(ServerInterceptors.intercept(
                        new DeployGrpcService(
                                deployments,
                                new Watchers(),
                                turn -> followers.execute(turn),
                                Duration.ofSeconds(5),
                                Tally.NONE,
                                Identities.NOT_ASKED),
                        new Authentication(Identities.NOT_ASKED, entry -> {}, Clock.systemUTC())))
                .build()
                .start();
        channel = InProcessChannelBuilder.forName("followers").directExecutor().build();
    }

    @AfterEach
    void stop() throws Exception {
        channel.shutdownNow();
        server.shutdownNow();
        assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        timers.shutdownNow();
        turns.shutdownNow();
        launcher.close();
        storage.close();
    }

    @Test
    void followerThatAsksForNothingIsReadForNothing() throws Exception {
        StreamLogsRequest request = logOf(MEGABYTE);

        Follower follower = Follower.start(channel, request, 0);

        assertThat(logs.reads()).isZero();
        follower.cancel();
    }

    @Test
    void followerThatAsksForAMessageIsReadForOnce() throws Exception {
        StreamLogsRequest request = logOf(MEGABYTE);

        Follower follower = Follower.start(channel, request, 1);

        assertThat(follower.next().hasDeployment()).isTrue();
        assertThat(logs.reads()).isEqualTo(1);
        follower.request(1);
        assertThat(follower.next().hasChunk()).isTrue();
        assertThat(logs.reads()).isEqualTo(1);
        follower.request(1);
        assertThat(follower.next().hasChunk()).isTrue();
        assertThat(logs.reads()).isEqualTo(2);
        follower.cancel();
    }

    @Test
    void followerThatAsksAgainGetsEverything() throws Exception {
        StreamLogsRequest request = logOf(MEGABYTE);
        Follower follower = Follower.start(channel, request, 1);

        long size = 0;
        StreamLogsResponse message = follower.next();
        while (!message.hasEnd()) {
            if (message.hasChunk()) {
                assertThat(message.getChunk().getOffset()).isEqualTo(size);
                size = message.getChunk().getNextOffset();
            }
            follower.request(1);
            message = follower.next();
        }

        assertThat(size).isEqualTo(MEGABYTE);
    }

    @Test
    void followerIsToldWhereToResumeWhenReadsFail() throws Exception {
        StreamLogsRequest request = logOf(MEGABYTE);
        Follower follower = Follower.start(channel, request, 1);
        follower.next();
        follower.request(1);
        long reached = follower.next().getChunk().getNextOffset();

        logs.breakReads();
        follower.request(1);

        Status failure = follower.failure();
        assertThat(failure.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(failure.getDescription())
                .contains("resume from offset " + reached)
                .doesNotContain("broken by");
    }

    @Test
    void followerIsToldWhenTheServerIsAtItsEnd() throws Exception {
        StreamLogsRequest request = logOf(MEGABYTE);
        logs.runOutOfMemory();

        Follower follower = Follower.start(channel, request, 1);

        assertThat(follower.failure().getCode()).isEqualTo(Status.Code.INTERNAL);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 'one|, 4..9, two|'",
        "3, '|, 4..9, two|'",
        "4, '4..9, two|'",
        "6, '6..9, two|'",
        "8, '8..9, two|'",
        "9, 'two|'"
    })
    void gapIsSentInThePlaceOfItsBytesWhereverTheFollowerBegins(long from, String expected) throws Exception {
        LogAppender log =
                newLog().append("one\n").appendGap(5, LogGap.Reason.DISK_FULL).append("two\n");
        finish(log);

        Follower follower = follow(request(log).setFromOffset(from));

        assertThat(piecesToTheEnd(follower)).isEqualTo(expected);
    }

    @Test
    void gapSaysWhyItIsThereAndWhetherMoreMayBeMissing() throws Exception {
        LogAppender log = newLog().append("one\n")
                .append("two\n")
                .appendGap(new LogGap(8, 9, LogGap.Reason.COPIER_LOST, false))
                .appendGap(7, LogGap.Reason.DISK_FULL)
                .evict(0, 4);
        finish(log);

        Follower follower = follow(request(log));

        Deployment deployment = follower.next().getDeployment();
        assertThat(deployment.getLogSize()).isEqualTo(16);
        assertThat(deployment.getLogMissingBytes()).isEqualTo(12);
        assertThat(follower.next().getGap()).isEqualTo(gap(0, 4, Reason.REASON_LOG_LIMIT, false));
        follower.next();
        assertThat(follower.next().getGap()).isEqualTo(gap(8, 9, Reason.REASON_COPIER_LOST, true));
        assertThat(follower.next().getGap()).isEqualTo(gap(9, 16, Reason.REASON_DISK_FULL, false));
        LogEnd end = follower.end();
        assertThat(end.getReason()).isEqualTo(LogEnd.Reason.REASON_FINISHED);
        assertThat(end.getNextOffset()).isEqualTo(16);
    }

    @Test
    void tailThatBeginsInAGapStartsAtItsBeginning() throws Exception {
        LogAppender log = newLog().append("one\n")
                .append("two\n")
                .append("three\n")
                .append("four\n")
                .evict(4, 10);
        finish(log);

        Follower follower = follow(request(log).setTailLines(2));

        assertThat(follower.next().hasDeployment()).isTrue();
        assertThat(follower.next().getHeartbeat().getNextOffset()).isEqualTo(4);
        assertThat(piecesToTheEnd(follower)).isEqualTo("4..14, four|");
    }

    @Test
    void presentEndMayBeBehindAGapOrHaveBecomePartOfOne() throws Exception {
        LogAppender log = newLog().append(NOW, bytes("one\n"))
                .append(NOW.plusSeconds(1), bytes("two\n"))
                .appendGap(2, LogGap.Reason.DISK_FULL);
        assertThat(piecesToTheEnd(follow(request(log).setNoFollow(true)))).isEqualTo("one|, two|, 8..10");

        Follower slow = Follower.start(channel, request(log).setNoFollow(true).build(), 1);
        assertThat(slow.next().hasDeployment()).isTrue();
        log.append("three\n").append("four\n").evict(4, 12);
        slow.request(10);

        assertThat(slow.next().getChunk().getText()).isEqualTo("one\n");
        assertThat(slow.next().getGap()).isEqualTo(gap(4, 16, Reason.REASON_LOG_LIMIT, false));
        LogEnd end = slow.end();
        assertThat(end.getReason()).isEqualTo(LogEnd.Reason.REASON_NO_FOLLOW);
        assertThat(end.getNextOffset()).isEqualTo(16);
        assertThat(end.getDeployment().getLogSize()).isEqualTo(21);
    }

    @Test
    void followerThatWaitsIsSentAGapWhenItComes() throws Exception {
        LogAppender log = newLog().append("one\n");
        Follower follower = follow(request(log));
        follower.awaitText("one\n");

        log.appendGap(5, LogGap.Reason.COPIER_LOST);
        deployments.followers().ring(log.id());

        assertThat(follower.next().getGap()).isEqualTo(gap(4, 9, Reason.REASON_COPIER_LOST, false));
        log.append("two\n");
        finish(log);
        deployments.followers().ring(log.id());
        assertThat(piecesToTheEnd(follower)).isEqualTo("two|");
    }

    @Test
    void followerOfARunningCommandIsSentTheGapInItsOutput() throws Exception {
        Gate lost = Gate.in(directory, "lost");
        Gate rest = Gate.in(directory, "rest");
        DeploymentId id = start("echo one; " + lost.await() + "; echo lost; " + rest.await() + "; echo two");
        Follower follower = follow(request(id)).awaitText("one\n");

        logs.loseNextDelta();
        lost.open();

        assertThat(follower.await(message -> !message.hasHeartbeat()).getGap())
                .isEqualTo(gap(4, 9, Reason.REASON_DISK_FULL, false));
        rest.open();
        LogEnd end = follower.end();
        assertThat(follower.text()).isEqualTo("one\ntwo\n");
        assertThat(end.getDeployment().getLogSize()).isEqualTo(13);
        assertThat(end.getDeployment().getLogMissingBytes()).isEqualTo(5);
    }

    @Test
    void lineReachesAFollowerThatWaitsForItWhateverKeepsOtherFollowersBusy() throws Exception {
        Gate second = Gate.in(directory, "second");
        Gate third = Gate.in(directory, "third");
        DeploymentId id =
                start("echo one; " + second.await() + "; echo two; " + third.await() + "; echo three; sleep 60");
        Follower follower = follow(request(id)).awaitText("one\n");
        second.open();
        follower.awaitText("two\n");

        Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
        followers = waiting::add;
        third.open();

        follower.awaitText("three\n");
        assertThat(waiting).isEmpty();
        follower.cancel();
    }

    @Test
    void whoCommitsTheLogReadsItForNoFollower() throws Exception {
        Gate lost = Gate.in(directory, "lost");
        Gate rest = Gate.in(directory, "rest");
        DeploymentId id = start("echo one; " + lost.await() + "; echo lost; " + rest.await() + "; seq 10000");
        followers = turns;
        Follower follower = follow(request(id)).awaitText("one\n");

        logs.loseNextDelta();
        lost.open();
        assertThat(follower.await(message -> !message.hasHeartbeat()).hasGap()).isTrue();
        rest.open();
        follower.end();

        assertThat(logs.readers())
                .containsExactly(turns.submit(Thread::currentThread).get());
    }

    @Test
    void whatIsWrittenWhileStorageStallsIsNoSilence() throws Exception {
        Gate stalled = Gate.in(directory, "stalled");
        Gate more = Gate.in(directory, "more");
        DeploymentId id = start(stalled.await() + "; echo one; " + more.await() + "; echo two");
        Follower follower = follow(request(id));
        logs.stall();
        stalled.open();
        logs.awaitStalled();

        long openedNanos = System.nanoTime();
        more.open();

        Eventually.until("the second line is seen", () -> {
            long nowNanos = System.nanoTime();
            deployments.lookAtOutput();
            return deployments.silence(id).orElseThrow().toNanos() < nowNanos - openedNanos;
        });
        logs.goOn();
        follower.end();
        assertThat(follower.text()).isEqualTo("one\ntwo\n");
    }

    @Test
    void commandIsNotEndedForSilenceBeforeSomebodyHasLookedWhetherItIsSilent() throws Exception {
        Gate stalled = Gate.in(directory, "stalled");
        Gate more = Gate.in(directory, "more");
        Gate rest = Gate.in(directory, "rest");
        Duration limit = Duration.ofSeconds(2);
        String script = stalled.await() + "; echo one; " + more.await() + "; echo two; " + rest.await();
        DeploymentId id = start(RequestDraft.plain().running("sh", "-c", script).silentFor(limit));
        Follower follower = follow(request(id));
        logs.stall();
        stalled.open();
        logs.awaitStalled();

        Eventually.until(
                "it seems to be silent",
                () -> deployments.silence(id).orElseThrow().compareTo(limit) > 0);
        more.open();
        Eventually.until("it is not", () -> isRecorded(id, "two\n"));
        logs.goOn();

        follower.awaitText("two\n");
        rest.open();
        assertThat(follower.end().getDeployment().getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
    }

    /** Whether a file of the run ends with this. */
    private boolean isRecorded(DeploymentId id, String text) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("runs").resolve(id.text()))) {
            for (Path file : files.toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).endsWith(text)) {
                    return true;
                }
            }
            return false;
        }
    }

    private DeploymentId start(String script) {
        return start(RequestDraft.plain().running("sh", "-c", script));
    }

    private DeploymentId start(RequestDraft draft) {
        return deployments.of(Caller.ANYONE, "test").start(draft.request()).id();
    }

    private Follower follow(StreamLogsRequest.Builder request) {
        return Follower.start(channel, request.build());
    }

    /** The bytes as text, the gaps as offsets, and the end, which is there. */
    private static String piecesToTheEnd(Follower follower) throws InterruptedException {
        List<String> pieces = new ArrayList<>();
        StreamLogsResponse message = follower.next();
        while (!message.hasEnd()) {
            if (message.hasChunk()) {
                pieces.add(message.getChunk().getText().replace('\n', '|'));
            } else if (message.hasGap()) {
                pieces.add(
                        message.getGap().getOffset() + ".." + message.getGap().getNextOffset());
            }
            message = follower.next();
        }
        assertThat(message.getEnd().getNextOffset()).isEqualTo(follower.nextOffset());
        return String.join(", ", pieces);
    }

    private static io.deploytail.v1.LogGap gap(long offset, long nextOffset, Reason reason, boolean atLeast) {
        return io.deploytail.v1.LogGap.newBuilder()
                .setOffset(offset)
                .setNextOffset(nextOffset)
                .setReason(reason)
                .setAtLeast(atLeast)
                .build();
    }

    /** The log of a running deployment that nobody runs: the test appends to it. */
    private LogAppender newLog() {
        return new LogAppender(
                storage.logs(),
                storage.deployments()
                        .admit(DeploymentId.create(NOW), requestToRun("true"), "/", NOW, new Limits(1, 1))
                        .deployment());
    }

    private void finish(LogAppender log) {
        storage.deployments().finish(log.id(), Outcome.ofExitStatus(0), NOW);
    }

    private static StreamLogsRequest.Builder request(LogAppender log) {
        return request(log.id());
    }

    private static StreamLogsRequest.Builder request(DeploymentId id) {
        return StreamLogsRequest.newBuilder().setDeploymentId(id.text());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static DeployRequest requestToRun(String... command) {
        return RequestDraft.plain().running(command).request();
    }

    /** The log of a deployment that has ended, in lines of a kilobyte. */
    private StreamLogsRequest logOf(int size) {
        LogAppender log = newLog();
        byte[] line = bytes("x".repeat(1023) + "\n");
        while (log.extent().size() < size) {
            log.append(NOW, line);
        }
        finish(log);
        return request(log).build();
    }
}
