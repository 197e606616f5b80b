package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.LogGap;
import io.deploytail.v1.StreamLogsRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a log that outgrows the limit for one log. */
class LogLimitTest {
    private static final int LIMIT = 1 << 20;
    private static final int KEPT_END = 256 << 10;
    private static final int LINES = 500_000;

    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(directory.resolve("data"), "--log-limit", "1MiB");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void beginningAndNewestBytesAreKeptAndTheRestIsAGap() throws Exception {
        byte[] written = lines(LINES);
        Deployment ended = server.awaitEnd(server.shell("seq " + LINES + "; exit 3"));
        Follower follower = server.follow(ended);
        follower.end();

        assertThat(ended.getExitCode()).isEqualTo(3);
        assertThat(ended.getLogSize()).isEqualTo(written.length);
        assertThat(ended.getLineCount()).isEqualTo(LINES);
        assertThat(ended.getLogCrc32C()).as("of all that was ever committed").isEqualTo(crc(written));
        assertThat(follower.gaps()).hasSize(1);
        LogGap gap = follower.gaps().get(0);
        assertThat(gap.getReason()).isEqualTo(LogGap.Reason.REASON_LOG_LIMIT);
        assertThat(gap.getAtLeast()).isFalse();
        assertThat(ended.getLogMissingBytes()).isEqualTo(gap.getNextOffset() - gap.getOffset());
        assertThat(gap.getOffset()).isBetween((long) LIMIT / 2 - 1, (long) LIMIT);
        assertThat(written.length - gap.getNextOffset()).isBetween((long) KEPT_END, (long) LIMIT / 2);
        assertThat(follower.bytes()).isEqualTo(without(written, gap));
        assertThat(storedBytes()).isLessThanOrEqualTo(LIMIT);
    }

    @Test
    void offsetsStayWhatTheyAre() throws Exception {
        byte[] written = lines(LINES);
        Deployment ended = server.awaitEnd(server.shell("seq " + LINES));
        Follower behind = server.follow(ended, written.length - 1000);
        behind.end();
        assertThat(behind.bytes()).isEqualTo(Arrays.copyOfRange(written, written.length - 1000, written.length));

        Follower within = server.follow(ended, LIMIT);
        within.end();
        assertThat(within.gaps().get(0).getOffset()).isEqualTo(LIMIT);
        assertThat(within.bytes())
                .isEqualTo(
                        Arrays.copyOfRange(written, (int) within.gaps().get(0).getNextOffset(), written.length));

        Follower tail = server.follow(StreamLogsRequest.newBuilder()
                .setDeploymentId(ended.getDeploymentId())
                .setTailLines(3));
        tail.end();
        assertThat(tail.text()).isEqualTo("499998\n499999\n500000\n");
    }

    @Test
    void logGrowsNoFurtherAcrossARestart() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("seq " + LINES + "; echo half; " + go.await() + "; seq " + LINES);
        server.follow(deployment).awaitText("half\n").cancel();
        server.restart();
        go.open();

        Deployment ended = server.awaitEnd(deployment);
        Follower follower = server.follow(ended);
        follower.end();
        String written = new String(lines(LINES), StandardCharsets.UTF_8);
        assertThat(ended.getLogSize()).isEqualTo(2L * written.length() + "half\n".length());
        assertThat(follower.gaps()).hasSize(1);
        assertThat(follower.bytes())
                .isEqualTo(without(
                        (written + "half\n" + written).getBytes(StandardCharsets.UTF_8),
                        follower.gaps().get(0)));
        assertThat(storedBytes()).isLessThanOrEqualTo(LIMIT);
    }

    @Test
    void logThatIsFarBeyondALoweredLimitShrinksToItWhileItGrows() throws Exception {
        server.close();
        server = TestServer.start(directory.resolve("data"), "--log-limit", "8MiB");
        Gate go = Gate.in(directory, "go");
        Deployment deployment =
                server.shell("head -c 7000000 /dev/zero; echo half; " + go.await() + "; head -c 7000000 /dev/zero");
        server.follow(deployment).awaitText("half\n").cancel();
        server.close();
        server = TestServer.start(directory.resolve("data"), "--log-limit", "1MiB");
        go.open();

        Deployment ended = server.awaitEnd(deployment);
        Follower follower = server.follow(ended);
        follower.end();
        assertThat(ended.getLogSize()).isEqualTo(14_000_005);
        assertThat(follower.gaps()).hasSize(1);
        assertThat(follower.gaps().get(0).getOffset()).isBetween((long) LIMIT / 2 - 1, (long) LIMIT);
        assertThat(ended.getLogSize() - follower.gaps().get(0).getNextOffset()).isGreaterThanOrEqualTo(KEPT_END);
        assertThat(storedBytes()).isLessThanOrEqualTo(LIMIT);
    }

    @Test
    void logWithinTheLimitHasNoGap() throws Exception {
        Deployment ended = server.awaitEnd(server.shell("head -c " + LIMIT + " /dev/zero"));
        assertThat(ended.getLogSize()).isEqualTo(LIMIT);
        assertThat(ended.getLogMissingBytes()).isZero();
        assertThat(server.log(ended)).isEqualTo(new byte[LIMIT]);
    }

    private static byte[] lines(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> i + "\n")
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] without(byte[] bytes, LogGap gap) {
        int rest = (int) (bytes.length - gap.getNextOffset());
        byte[] left = Arrays.copyOf(bytes, (int) gap.getOffset() + rest);
        System.arraycopy(bytes, (int) gap.getNextOffset(), left, (int) gap.getOffset(), rest);
        return left;
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private long storedBytes() throws Exception {
        try (Connection reader = DriverManager.getConnection("jdbc:sqlite:" + server.database());
                Statement statement = reader.createStatement();
                ResultSet row = statement.executeQuery("SELECT sum(length(bytes)) FROM log_chunks")) {
            return row.getLong(1);
        }
    }
}
