package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.Heartbeat;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a log stream consists of. */
class StreamLogsTest {
    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(directory.resolve("data"), "--heartbeat-interval", "200ms");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void streamBeginsWithTheDeploymentAndEndsWithTheEnd() throws Exception {
        Deployment deployment = server.shell("echo hello");

        Follower follower = server.follow(deployment);
        StreamLogsResponse first = follower.next();
        LogEnd end = follower.end();

        assertThat(first.getDeployment().getDeploymentId()).isEqualTo(deployment.getDeploymentId());
        assertThat(end.getReason()).isEqualTo(LogEnd.Reason.REASON_FINISHED);
        assertThat(end.getNextOffset()).isEqualTo(6);
        assertThat(end.getDeployment().getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
    }

    @Test
    void firstChunkBeginsAtTheOffsetEvenInsideACharacter() throws Exception {
        Deployment deployment = server.shell("printf 'a€b\\n'");
        server.awaitEnd(deployment);

        LogChunk chunk = server.follow(deployment, 2).nextChunk();

        assertThat(chunk.getOffset()).isEqualTo(2);
        assertThat(chunk.getText()).endsWith("b\n").startsWith("\uFFFD");
        assertThat(chunk.getRaw().toByteArray()).containsExactly(0x82, 0xAC, 'b', '\n');
    }

    @Test
    void textWithInvalidBytesIsReadableAndExact() throws Exception {
        Deployment deployment = server.shell("printf 'good\\377bad\\000end\\n'");
        server.awaitEnd(deployment);

        LogChunk chunk = server.follow(deployment).nextChunk();

        assertThat(chunk.getText()).isEqualTo("good\uFFFDbad\0end\n");
        assertThat(chunk.getRaw().toByteArray())
                .isEqualTo("good\u00FFbad\0end\n".getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void validTextHasNoRawBytes() throws Exception {
        Deployment deployment = server.shell("echo grüße");
        server.awaitEnd(deployment);

        LogChunk chunk = server.follow(deployment).nextChunk();

        assertThat(chunk.getText()).isEqualTo("grüße\n");
        assertThat(chunk.getRaw().isEmpty()).isTrue();
        assertThat(chunk.getNextOffset()).isEqualTo(8);
    }

    @Test
    void messagesOfBytesThatAreNoTextAreNoLargerThanOthers() throws Exception {
        Deployment deployment = server.shell("head -c 300000 /dev/urandom");
        server.awaitEnd(deployment);

        Follower follower = server.follow(deployment);
        StreamLogsResponse message = follower.next();
        while (!message.hasEnd()) {
            assertThat(message.getSerializedSize()).isLessThan(65 << 10);
            message = follower.next();
        }

        assertThat(follower.bytes()).hasSize(300_000);
    }

    @Test
    void linesWrittenFarApartAreInDifferentChunksWithTheirTimes() throws Exception {
        Deployment deployment = server.shell("echo one; sleep 2; echo two");
        server.awaitEnd(deployment);

        Follower follower = server.follow(deployment);
        LogChunk one = follower.nextChunk();
        LogChunk two = follower.nextChunk();

        assertThat(one.getText()).isEqualTo("one\n");
        assertThat(two.getText()).isEqualTo("two\n");
        assertThat(time(two)).isAfterOrEqualTo(time(one).plusMillis(1000));
    }

    @Test
    void chunksOfAStoredLogHoldWholeLines() throws Exception {
        Deployment deployment = server.shell(
                "i=0; while [ $i -lt 9000 ]; do echo \"this is line number $i of the log\"; i=$((i+1)); done");
        server.awaitEnd(deployment);

        Follower follower = server.follow(deployment);
        StreamLogsResponse message = follower.next();
        while (!message.hasEnd()) {
            if (message.hasChunk()) {
                assertThat(message.getChunk().getText()).endsWith("\n");
                assertThat(message.getChunk().getNextOffset()
                                - message.getChunk().getOffset())
                        .isLessThanOrEqualTo(64 << 10);
            }
            message = follower.next();
        }

        assertThat(follower.text().lines()).hasSize(9000);
    }

    @Test
    void quietCommandShowsInHeartbeats() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("echo hello; " + go.await());
        Follower follower = server.follow(deployment).awaitText("hello\n");

        Heartbeat first = follower.await(StreamLogsResponse::hasHeartbeat).getHeartbeat();
        Heartbeat second = follower.await(StreamLogsResponse::hasHeartbeat).getHeartbeat();

        assertThat(first.getNextOffset()).isEqualTo(6);
        assertThat(second.getSilentFor().getSeconds() * 1000
                        + second.getSilentFor().getNanos() / 1_000_000)
                .isGreaterThan(first.getSilentFor().getSeconds() * 1000
                        + first.getSilentFor().getNanos() / 1_000_000);
        go.open();
        follower.end();
    }

    @Test
    void tailBeginsSoManyLinesBeforeThePresentEnd() throws Exception {
        Deployment deployment = server.shell("echo one; echo two; echo three; printf four");
        server.awaitEnd(deployment);

        assertThat(tail(deployment, 0)).isEmpty();
        assertThat(tail(deployment, 1)).isEqualTo("four");
        assertThat(tail(deployment, 2)).isEqualTo("three\nfour");
        assertThat(tail(deployment, 4)).isEqualTo("one\ntwo\nthree\nfour");
        assertThat(tail(deployment, 99)).isEqualTo("one\ntwo\nthree\nfour");
    }

    @Test
    void tailOfARunningDeploymentGoesOnLive() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("echo one; echo two; " + go.await() + "; echo three");
        server.follow(deployment).awaitText("two\n");

        Follower follower = server.follow(StreamLogsRequest.newBuilder()
                .setDeploymentId(deployment.getDeploymentId())
                .setTailLines(1));
        follower.awaitText("two\n");
        go.open();

        follower.end();
        assertThat(follower.text()).isEqualTo("two\nthree\n");
    }

    @Test
    void noFollowStopsAtThePresentEnd() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("echo one; " + go.await());
        server.follow(deployment).awaitText("one\n");

        Follower follower = server.follow(StreamLogsRequest.newBuilder()
                .setDeploymentId(deployment.getDeploymentId())
                .setNoFollow(true));
        LogEnd end = follower.end();

        assertThat(follower.text()).isEqualTo("one\n");
        assertThat(end.getReason()).isEqualTo(LogEnd.Reason.REASON_NO_FOLLOW);
        assertThat(end.getNextOffset()).isEqualTo(4);
        assertThat(end.getDeployment().getState()).isEqualTo(Deployment.State.STATE_RUNNING);
        assertThat(end.getDeployment().hasLogCrc32C()).isFalse();
        go.open();
        server.awaitEnd(deployment);
    }

    @Test
    void noFollowStopsAlsoWhenTheLogGrowsFasterThanItIsRead() throws Exception {
        Deployment deployment = server.shell("while :; do echo line; done");

        Follower follower = Follower.start(
                server.channel(),
                StreamLogsRequest.newBuilder()
                        .setDeploymentId(deployment.getDeploymentId())
                        .setTailLines(0)
                        .setNoFollow(true)
                        .build(),
                1);
        StreamLogsResponse message = follower.nextWithoutCollecting();
        while (!message.hasEnd()) {
            message = follower.nextWithoutCollecting();
        }

        assertThat(message.getEnd().getReason()).isEqualTo(LogEnd.Reason.REASON_NO_FOLLOW);
        server.cancel(deployment.getDeploymentId());
        tail(deployment, 0); // until it writes no more
    }

    @Test
    void noFollowOfADeploymentThatHasEndedIsFinished() throws Exception {
        Deployment deployment = server.shell("echo one");
        server.awaitEnd(deployment);

        LogEnd end = server.follow(StreamLogsRequest.newBuilder()
                        .setDeploymentId(deployment.getDeploymentId())
                        .setNoFollow(true))
                .end();

        assertThat(end.getReason()).isEqualTo(LogEnd.Reason.REASON_FINISHED);
    }

    @Test
    void queuedDeploymentCanBeFollowedThroughItsPlacesToItsLog() throws Exception {
        Gate secondGate = Gate.in(directory, "second");
        Gate first = Gate.in(directory, "first");
        Deployment holder = onTarget("echo holding; " + first.await());
        Deployment second = onTarget(secondGate.await());
        Deployment third = onTarget("echo at last");
        assertThat(third.getState()).isEqualTo(Deployment.State.STATE_QUEUED);
        assertThat(third.getQueuePosition()).isEqualTo(2);
        assertThat(third.getQueueHolderId()).isEqualTo(holder.getDeploymentId());
        Follower follower = server.follow(third);
        assertThat(follower.nextDeployment().getQueuePosition()).isEqualTo(2);
        assertThat(follower.await(StreamLogsResponse::hasHeartbeat)
                        .getHeartbeat()
                        .hasSilentFor())
                .isFalse();

        server.follow(holder).awaitText("holding\n");
        first.open();
        Deployment moved = follower.nextDeployment();
        while (moved.getQueueHolderId().isEmpty()) {
            moved = follower.nextDeployment(); // between the end of one and the start of the next nobody holds it
        }

        assertThat(moved.getState()).isEqualTo(Deployment.State.STATE_QUEUED);
        assertThat(moved.getQueuePosition()).isEqualTo(1);
        assertThat(moved.getQueueHolderId()).isEqualTo(second.getDeploymentId());
        secondGate.open();
        LogEnd end = follower.end();
        assertThat(end.getDeployment().getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        assertThat(end.getDeployment().getQueuePosition()).isZero();
        assertThat(follower.text()).isEqualTo("at last\n");
    }

    private Deployment onTarget(String script) {
        return server.start(StartDeployRequest.newBuilder()
                .setTarget("tenant")
                .addCommand("sh")
                .addCommand("-c")
                .addCommand(script));
    }

    private String tail(Deployment deployment, long lines) throws InterruptedException {
        Follower follower = server.follow(StreamLogsRequest.newBuilder()
                .setDeploymentId(deployment.getDeploymentId())
                .setTailLines(lines));
        follower.end();
        return follower.text();
    }

    private static Instant time(LogChunk chunk) {
        return Instant.ofEpochSecond(
                chunk.getTime().getSeconds(), chunk.getTime().getNanos());
    }
}
