package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Followers of one deployment that floods: some take nothing, some come and vanish, some come again and again where they
 * were cut. The README tells how to run it with more of them.
 */
@Timeout(600)
class FollowerStormTest {
    private static final int DEFAULT_EACH = 40;

    /** So many stall, and so many vanish. */
    private static final int EACH = Integer.getInteger("storm.followers", DEFAULT_EACH);

    private static final int RESUMING = Integer.getInteger("storm.resuming", 20);
    private static final BinaryLines LOG = new BinaryLines(Integer.getInteger("storm.lines", 100_000));

    private static final int MAX_HEAP_KILOBYTES = 4096 + 16 * EACH;

    /** So many at a time, and so little of what is not taken is held: or the test, not the server, needs much memory. */
    private static final int RESUMING_AT_ONCE = 25;

    private static final int CHANNEL_WINDOW_BYTES = 64 << 10;

    /** The server gives each new connection to the next one of so many threads, which it starts when they are needed. */
    private static final int CONNECTION_THREADS = 2 * Runtime.getRuntime().availableProcessors();

    /** In the lines of the two generations of the serial collector. */
    private static final Pattern USED_HEAP = Pattern.compile("(?i)(?:generation|defnew|tenured) .*used (\\d+)K");

    private static final Pattern ANONYMOUS_MEMORY = Pattern.compile("RssAnon:\\s*(\\d+) kB");

    private final ExecutorService callers = Executors.newFixedThreadPool(RESUMING_AT_ONCE + 1);
    private final List<AutoCloseable> connections = new ArrayList<>();

    @TempDir
    private Path directory;

    private ServerProcess server;

    @BeforeEach
    void start() throws Exception {
        server = ServerProcess.start(directory.resolve("data"));
    }

    @AfterEach
    void stop() throws Exception {
        callers.shutdownNow();
        hangUp();
        server.close();
    }

    @Test
    void followersThatStallOrVanishCostLittleAndTakeNothingFromOthers() throws Exception {
        useEveryConnectionThread();
        Flood alone = startFlood("alone");
        alone.gate().open();
        alone.awaitEnd();
        long heapBefore = liveHeapKilobytes();
        long memoryBefore = memoryKilobytes();
        HeldResources before = HeldResources.of(server);

        Flood flood = startFlood("storm");
        stall(flood.deployment());
        HeldResources stalled = HeldResources.of(server);
        List<Future<?>> others = new ArrayList<>();
        others.add(callers.submit(() -> vanishOneByOne(flood.deployment())));
        for (int i = 0; i < RESUMING; i++) {
            Random random = new Random(i);
            others.add(callers.submit(() -> resumeAgainAndAgain(flood.deployment(), random)));
        }
        flood.gate().open();
        flood.awaitEnd();
        for (Future<?> other : others) {
            other.get();
        }
        long heap = liveHeapKilobytes() - heapBefore;
        long memory = memoryKilobytes() - memoryBefore;

        assertThat(stalled.threads() - before.threads()).isLessThan(EACH / 4);
        assertThat(heap).as("kilobytes of live heap for those that stall").isLessThan(MAX_HEAP_KILOBYTES);
        hangUp();
        before.awaitNoMore(server);
        if (EACH != DEFAULT_EACH) {
            System.out.printf(
                    "storm: %d stalled, %d vanished, %d resumed; live heap %+d kB, memory of the process %+d kB;"
                            + " the command took %d ms alone, %d ms in the storm%n",
                    EACH, EACH, RESUMING, heap, memory, alone.milliseconds(), flood.milliseconds());
        }
    }

    private void useEveryConnectionThread() throws IOException {
        for (int i = 0; i < CONNECTION_THREADS; i++) {
            try (RawConnection connection = RawConnection.open(server.address())) {
                connection.handshake().read(1);
            }
        }
    }

    /** A half on connections of their own, from which nothing is read; a half on one, as calls that ask for nothing. */
    private void stall(Deployment deployment) throws Exception {
        for (int i = 0; i < EACH / 2; i++) {
            RawConnection connection = RawConnection.open(server.address());
            connections.add(connection);
            connection.handshake().streamLogs(1, logFrom(deployment, 0)).read(1);
        }
        ManagedChannel shared = connect();
        connections.add(() -> TestServer.disconnect(shared));
        for (int i = 0; i < EACH / 2; i++) {
            Follower.start(shared, logFrom(deployment, 0), 1).next();
        }
    }

    private Void vanishOneByOne(Deployment deployment) throws IOException {
        for (int i = 0; i < EACH; i++) {
            RawConnection connection = RawConnection.open(server.address());
            connection.handshake().streamLogs(1, logFrom(deployment, 0)).read(1 + 1000 * i);
            connection.vanish();
        }
        return null;
    }

    private Void resumeAgainAndAgain(Deployment deployment, Random random) throws Exception {
        long offset = 0;
        boolean isOver = false;
        while (!isOver) {
            ManagedChannel channel = connect();
            try {
                Follower follower = Follower.start(channel, logFrom(deployment, offset), 8);
                for (int messages = 1 + random.nextInt(100); messages > 0 && !isOver; messages--) {
                    StreamLogsResponse message = follower.nextWithoutCollecting();
                    if (message.hasChunk()) {
                        offset = check(message.getChunk(), offset);
                    }
                    isOver = message.hasEnd();
                }
            } finally {
                TestServer.disconnect(channel);
            }
        }
        assertThat(offset).isEqualTo(LOG.size());
        return null;
    }

    private static long check(LogChunk chunk, long offset) {
        byte[] bytes = Follower.exactBytes(chunk).toByteArray();
        assertThat(chunk.getOffset()).isEqualTo(offset);
        assertThat(bytes).isEqualTo(BinaryLines.bytes(offset, bytes.length));
        return chunk.getNextOffset();
    }

    private static StreamLogsRequest logFrom(Deployment deployment, long offset) {
        return StreamLogsRequest.newBuilder()
                .setDeploymentId(deployment.getDeploymentId())
                .setFromOffset(offset)
                .build();
    }

    private ManagedChannel connect() {
        return NettyChannelBuilder.forTarget(server.address())
                .usePlaintext()
                .flowControlWindow(CHANNEL_WINDOW_BYTES)
                .build();
    }

    private void hangUp() throws Exception {
        for (AutoCloseable connection : connections) {
            connection.close();
        }
        connections.clear();
    }

    private long liveHeapKilobytes() throws IOException {
        jcmd("GC.run");
        return USED_HEAP
                .matcher(jcmd("GC.heap_info"))
                .results()
                .mapToLong(used -> Long.parseLong(used.group(1)))
                .reduce(Long::sum)
                .orElseThrow();
    }

    private String jcmd(String command) throws IOException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Process process = new ProcessBuilder(jcmd.toString(), Long.toString(server.pid()), command).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private long memoryKilobytes() throws IOException {
        String status = Files.readString(Path.of("/proc", Long.toString(server.pid()), "status"));
        return ANONYMOUS_MEMORY
                .matcher(status)
                .results()
                .mapToLong(memory -> Long.parseLong(memory.group(1)))
                .findFirst()
                .orElseThrow();
    }

    private Flood startFlood(String name) {
        Gate gate = Gate.in(directory, name + "-gate");
        Path times = directory.resolve(name + "-times");
        String now = "date +%s%3N >>'" + times + "'";
        return new Flood(server.shell(String.join("; ", gate.await(), now, LOG.command(), now)), gate, times);
    }

    /** A deployment that writes the log when its gate is opened, and writes down when it began and ended to. */
    private final class Flood {
        private final Deployment deployment;
        private final Gate gate;
        private final Path times;

        Flood(Deployment deployment, Gate gate, Path times) {
            this.deployment = deployment;
            this.gate = gate;
            this.times = times;
        }

        Deployment deployment() {
            return deployment;
        }

        Gate gate() {
            return gate;
        }

        /** Waits until all of the log is recorded. */
        void awaitEnd() throws InterruptedException {
            ManagedChannel channel = connect();
            try {
                Follower follower = Follower.start(channel, logFrom(deployment, 0), 8);
                StreamLogsResponse message = follower.nextWithoutCollecting();
                while (!message.hasEnd()) {
                    message = follower.nextWithoutCollecting();
                }
                Deployment ended = message.getEnd().getDeployment();
                assertThat(ended.getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
                assertThat(ended.getLogSize()).isEqualTo(LOG.size());
                assertThat(ended.getLogCrc32C()).isEqualTo(LOG.crc32c());
            } finally {
                TestServer.disconnect(channel);
            }
        }

        /** How long the command took from the gate to its end. */
        long milliseconds() throws IOException {
            List<String> lines = Files.readAllLines(times);
            return Long.parseLong(lines.get(1)) - Long.parseLong(lines.get(0));
        }
    }
}
