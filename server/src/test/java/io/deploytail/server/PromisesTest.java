package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.ParameterException;

/** What Deploytail promises, each as a test named like the promise. The one about restarts is in RestartTest. */
class PromisesTest {
    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server =
                TestServer.start(directory.resolve("data"), "--grace-period", "300ms", "--heartbeat-interval", "200ms");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void lineReachesEveryFollowerWhileTheCommandRuns() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("echo first; " + go.await() + "; echo last");
        List<Follower> followers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            followers.add(server.follow(deployment));
        }

        for (Follower follower : followers) {
            follower.awaitText("first\n");
        }
        assertThat(server.get(deployment.getDeploymentId()).getState()).isEqualTo(Deployment.State.STATE_RUNNING);
        go.open();

        for (Follower follower : followers) {
            assertThat(follower.end().getDeployment().getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
            assertThat(follower.text()).isEqualTo("first\nlast\n");
        }
    }

    @Test
    void byteThatAFollowerHasSeenIsCommittedInTheDatabase() throws Exception {
        Deployment deployment = server.shell("for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.02; done");
        Follower follower = server.follow(deployment);

        while (!follower.text().contains("line 9")) {
            follower.next();
            assertThat(committedText(deployment)).startsWith(follower.text());
        }

        follower.end();
    }

    @Test
    void logCutAndResumedAnywhereIsWhole() throws Exception {
        // lines, long lines, several alphabets, bytes that are no text
        Deployment deployment =
                server.shell("i=0; while [ $i -lt 300 ]; do echo \"line $i grüße 日本 😀\"; i=$((i+1)); done;"
                        + " head -c 100000 /dev/urandom; head -c 100000 /dev/zero | tr '\\0' x; printf end");
        byte[] whole = server.log(deployment);
        Deployment ended = server.get(deployment.getDeploymentId());
        assertThat(whole).hasSize((int) ended.getLogSize());
        assertThat(crc32c(whole)).isEqualTo(ended.getLogCrc32C());

        Random random = new Random(20261121);
        ByteArrayOutputStream pieced = new ByteArrayOutputStream();
        int cuts = 0;
        while (cuts < 1000) {
            pieced.reset();
            while (pieced.size() < whole.length && cuts < 1000) {
                Follower follower = server.follow(deployment, pieced.size());
                LogChunk chunk = follower.nextChunk();
                assertThat(chunk.getOffset()).isEqualTo(pieced.size());
                byte[] bytes = Follower.exactBytes(chunk).toByteArray();
                // as if the connection broke inside the chunk
                pieced.write(bytes, 0, 1 + random.nextInt(Math.min(bytes.length, 2000)));
                follower.cancel();
                cuts++;
            }
            Follower rest = server.follow(deployment, pieced.size());
            rest.end();
            pieced.writeBytes(rest.bytes());
            assertThat(pieced.toByteArray()).isEqualTo(whole);
        }
    }

    @Test
    void followersAttachedAtAnyTimeGetTheSameBytes() throws Exception {
        Gate go = Gate.in(directory, "go");
        Gate on = Gate.in(directory, "on");
        Deployment deployment = server.shell(go.await() + "; echo one; " + on.await() + "; printf 'two\\nthr'; exit 3");
        Follower beforeTheFirstLine = server.follow(deployment);
        beforeTheFirstLine.nextDeployment();
        go.open();
        beforeTheFirstLine.awaitText("one\n");
        Follower midway = server.follow(deployment);
        midway.awaitText("one\n");
        on.open();

        LogEnd end = beforeTheFirstLine.end();
        midway.end();
        byte[] atTheEnd = server.log(deployment);
        server.restart();
        byte[] afterARestart = server.log(deployment);

        assertThat(beforeTheFirstLine.text()).isEqualTo("one\ntwo\nthr");
        assertThat(midway.bytes()).isEqualTo(beforeTheFirstLine.bytes());
        assertThat(atTheEnd).isEqualTo(beforeTheFirstLine.bytes());
        assertThat(afterARestart).isEqualTo(beforeTheFirstLine.bytes());
        assertThat(end.getDeployment().getLogSize()).isEqualTo(11);
        assertThat(end.getDeployment().getLineCount()).isEqualTo(3);
        assertThat(end.getDeployment().getLogCrc32C()).isEqualTo(crc32c(atTheEnd));
        assertThat(end.getDeployment().getExitCode()).isEqualTo(3);
    }

    @Test
    void stalledFollowerStopsNeitherTheDeployNorOthers() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell(go.await() + "; head -c 30000000 /dev/zero | tr '\\0' x");
        Follower stalled = Follower.start(
                server.channel(),
                StreamLogsRequest.newBuilder()
                        .setDeploymentId(deployment.getDeploymentId())
                        .build(),
                1);
        Follower other = server.follow(deployment);
        stalled.nextDeployment();
        go.open();

        assertThat(other.end().getDeployment().getLogSize()).isEqualTo(30_000_000);

        stalled.request(Integer.MAX_VALUE - 1);
        assertThat(stalled.end().getDeployment().getLogSize()).isEqualTo(30_000_000);
        assertThat(stalled.bytes()).isEqualTo(other.bytes());
    }

    @Test
    void outputKeepsItsTimesWhileItCannotBeStored() throws Exception {
        Path stop = directory.resolve("stop");
        Deployment deployment = server.shell("until [ -e " + stop + " ]; do date +%s%3N; sleep 0.02; done");
        Follower follower = server.follow(deployment).awaitText("\n");
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + server.database());
                Statement statement = other.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            for (int i = 0; i < 15; i++) {
                follower.await(StreamLogsResponse::hasHeartbeat);
            }
            statement.execute("ROLLBACK");
        }
        Files.createFile(stop);
        server.awaitEnd(deployment);

        Follower stored = server.follow(deployment);
        for (StreamLogsResponse message = stored.next(); !message.hasEnd(); message = stored.next()) {
            List<Long> written =
                    message.getChunk().getText().lines().map(Long::valueOf).toList();
            if (!written.isEmpty()) {
                assertThat(written.get(written.size() - 1) - written.get(0)).isLessThan(1000);
            }
        }
    }

    @Test
    void randomBytesArriveAsTheyWereWritten() throws Exception {
        Path file = directory.resolve("random");
        byte[] random = new byte[3_000_000];
        new Random(1).nextBytes(random);
        Files.write(file, random);

        assertThat(server.log(server.run("cat", file.toString()))).isEqualTo(random);
    }

    @Test
    void lineOfHundredMegabytesArrivesWhole() throws Exception {
        Deployment deployment = server.shell("head -c 100000000 /dev/zero | tr '\\0' x");
        CRC32C crc = new CRC32C();
        Follower follower = Follower.start(
                server.channel(),
                StreamLogsRequest.newBuilder()
                        .setDeploymentId(deployment.getDeploymentId())
                        .build(),
                4);

        long size = 0;
        for (var message = follower.nextWithoutCollecting();
                !message.hasEnd();
                message = follower.nextWithoutCollecting()) {
            if (message.hasChunk()) {
                assertThat(message.getChunk().getOffset()).isEqualTo(size);
                assertThat(message.getSerializedSize()).isLessThan(1 << 20);
                crc.update(Follower.exactBytes(message.getChunk()).asReadOnlyByteBuffer());
                size = message.getChunk().getNextOffset();
            }
        }

        Deployment ended = server.get(deployment.getDeploymentId());
        assertThat(size).isEqualTo(100_000_000).isEqualTo(ended.getLogSize());
        assertThat((int) crc.getValue()).isEqualTo(ended.getLogCrc32C());
        assertThat(ended.getLineCount()).isEqualTo(1);
    }

    @Test
    void progressBarIsShownWhileItMoves() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment =
                server.shell("printf ' 10%%\\r'; " + go.await() + "; printf '\\033[32m100%%\\033[0m\\r\\n'");

        Follower follower = server.follow(deployment).awaitText(" 10%\r");
        go.open();

        follower.end();
        assertThat(follower.text()).isEqualTo(" 10%\r\u001B[32m100%\u001B[0m\r\n");
    }

    @Test
    void textWrittenInPiecesAtEveryBoundaryArrivesAsText() throws Exception {
        byte[] text = "aé€😀".getBytes(StandardCharsets.UTF_8);
        StringBuilder script = new StringBuilder();
        for (int cut = 1; cut < text.length; cut++) {
            script.append("printf '").append(octal(text, 0, cut)).append("'; sleep 0.02; printf '");
            script.append(octal(text, cut, text.length)).append("\\n'; ");
        }

        Deployment deployment = server.shell(script.toString());
        Follower follower = server.follow(deployment);
        follower.end();

        assertThat(follower.text()).isEqualTo("aé€😀\n".repeat(text.length - 1));
    }

    @Test
    void cancelLeavesNoProcessOfTheTreeAlive() throws Exception {
        Deployment deployment = server.shell("trap '' TERM; (trap '' TERM; sleep 1000) & setsid sleep 1000 &"
                + " setsid sh -c 'trap \"\" TERM; echo ready; while :; do sleep 1; done'");
        Follower follower = server.follow(deployment).awaitText("ready\n");
        String mark = "DEPLOYTAIL_DEPLOYMENT_ID=" + deployment.getDeploymentId();
        assertThat(processesWith(mark)).isGreaterThanOrEqualTo(4);

        server.cancel(deployment.getDeploymentId());

        Deployment ended = follower.end().getDeployment();
        assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
        assertThat(ended.getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_CANCELLED);
        assertThat(processesWith(mark)).isZero();
    }

    @Test
    void addressThatOthersCanReachIsRefused() {
        assertThatThrownBy(() -> ServerOptions.parse("--listen", "0.0.0.0:50051"))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("not a loopback address")
                .hasMessageContaining("TLS");
    }

    @Test
    void secondServerOnTheSameDataDirectoryIsRefused() {
        assertThatThrownBy(() -> TestServer.start(directory.resolve("data")))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("in use by another deploytail-server (process "
                        + ProcessHandle.current().pid() + ")");
    }

    @Test
    void offsetPastTheEndIsRefusedAlsoWhileTheCommandRuns() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("echo hello; " + go.await());
        Follower follower = server.follow(deployment).awaitText("hello\n");

        Status past = server.follow(deployment, 7).failure();

        assertThat(past.getCode()).isEqualTo(Status.Code.OUT_OF_RANGE);
        assertThat(past.getDescription()).contains("6 bytes");
        go.open();
        follower.end();
        Follower atTheEnd = server.follow(deployment, 6);
        assertThat(atTheEnd.end().getReason()).isEqualTo(LogEnd.Reason.REASON_FINISHED);
        assertThat(atTheEnd.bytes()).isEmpty();
    }

    private String committedText(Deployment deployment) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + server.database());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT log FROM deployment_logs WHERE deployment_id = '"
                        + deployment.getDeploymentId() + "'")) {
            return rows.next() && rows.getString(1) != null ? rows.getString(1) : "";
        }
    }

    private static String octal(byte[] bytes, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(String.format("\\%03o", bytes[i] & 0xFF));
        }
        return text.toString();
    }

    private static int crc32c(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static long processesWith(String mark) {
        return ProcessHandle.allProcesses()
                .filter(process -> environment(process.pid()).contains(mark))
                .count();
    }

    private static String environment(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
