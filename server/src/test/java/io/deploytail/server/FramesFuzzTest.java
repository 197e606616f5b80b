package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.StreamLogsRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Frames of HTTP/2 (RFC 9113) as no client sends them. What becomes of such a connection does not matter, as long as
 * nobody else notices. The only call that they make streams a log.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FramesFuzzTest {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int FLOOD = 3000;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int PRIORITY = 2;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int PUSH_PROMISE = 5;
    private static final int PING = 6;
    private static final int GO_AWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int UNKNOWN = 0x42;
    private static final int END_HEADERS = 4;

    /** It tells of each connection that breaks a rule, and of where in the code that was seen. */
    private static final Logger NOISE = Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty");

    private TestServer server;
    private Path gate;
    private Deployment deployment;
    private Follower bystander;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        NOISE.setLevel(Level.OFF);
        server = TestServer.start(
                directory.resolve("data"),
                new ConnectionBounds(
                        Duration.ofMillis(500), Duration.ofMinutes(5), Duration.ofSeconds(10), Duration.ofSeconds(2)));
        gate = directory.resolve("gate");
        deployment = server.shell("echo before; until [ -e '" + gate + "' ] || ! [ -d '" + directory
                + "' ]; do sleep 0.1; done; echo after");
        bystander = server.follow(deployment).awaitText("before\n");
    }

    @AfterAll
    void stop() throws IOException {
        NOISE.setLevel(null);
        server.close();
    }

    @Test
    void framesOfAnyKindAreNobodyElsesConcern() throws Exception {
        long before = descriptors();
        Fuzz.run(chance -> {
            boolean beginsWell = chance.oneIn(2);
            try (RawConnection connection = RawConnection.open(server.address())) {
                if (beginsWell) {
                    connection.handshake().streamLogs(1, log()).awaitAnswer(1);
                } else if (!chance.oneIn(10)) {
                    connection.preface();
                }
                attack(chance, connection);
                if (chance.oneIn(4)) {
                    connection.vanish();
                }
            }
            if (chance.oneIn(10)) {
                assertThat(server.get(deployment.getDeploymentId()).getState())
                        .isEqualTo(Deployment.State.STATE_RUNNING);
            }
            return beginsWell;
        });
        Eventually.until("all connections are closed", () -> descriptors() <= before + 2);
        assertThat(server.text(server.run("echo", "hello"))).isEqualTo("hello\n");
        Files.createFile(gate);
        bystander.end();
        assertThat(bystander.text()).isEqualTo("before\nafter\n");
    }

    private void attack(Chance chance, RawConnection connection) throws IOException {
        try {
            for (int frames = 1 + chance.below(20); frames > 0; frames--) {
                byte[] frame = chance.oneIn(4) ? call(chance) : frame(chance, kind(chance), payload(chance));
                byte[] sent = chance.oneIn(8) ? chance.mutated(frame) : frame;
                if (chance.oneIn(25)) {
                    connection.send(flood(sent));
                } else {
                    connection.send(sent);
                }
            }
        } catch (SocketException e) {
            // it was hung up on
        }
    }

    private static byte[] flood(byte[] frame) {
        ByteBuffer flood = ByteBuffer.allocate(frame.length * (frame.length < 100 ? FLOOD : 10));
        while (flood.hasRemaining()) {
            flood.put(frame);
        }
        return flood.array();
    }

    private static int kind(Chance chance) {
        return chance.oneOf(
                DATA,
                HEADERS,
                PRIORITY,
                RST_STREAM,
                SETTINGS,
                PUSH_PROMISE,
                PING,
                GO_AWAY,
                WINDOW_UPDATE,
                CONTINUATION,
                UNKNOWN);
    }

    /** A frame with this, in which one thing or another is not as it should be. */
    private static byte[] frame(Chance chance, int kind, byte[] payload) {
        int flags = chance.oneOf(0, 0, 1, END_HEADERS, 5, 8, 0x20, 0x2D, 0xFF);
        byte[] frame = RawConnection.frame(kind, flags, stream(chance), payload);
        if (chance.oneIn(6)) {
            int length = chance.oneOf(0, payload.length + 1, Math.max(0, payload.length - 1), 1 << 14, (1 << 24) - 1);
            frame[0] = (byte) (length >> 16);
            frame[1] = (byte) (length >> 8);
            frame[2] = (byte) length;
        }
        return frame;
    }

    private static int stream(Chance chance) {
        return chance.oneOf(0, 0, 1, 1, 2, 3, 5, 101, Integer.MAX_VALUE, -1, Integer.MIN_VALUE | 1);
    }

    /** Mostly for one kind of frame, and sent with any. */
    private byte[] payload(Chance chance) {
        return switch (chance.below(7)) {
            case 0 -> chance.mutated(RawConnection.headerBlock(Map.of()));
            case 1 -> settings(chance);
            case 2 -> ByteBuffer.allocate(4).putInt((int) chance.number()).array();
            case 3 ->
                ByteBuffer.allocate(5).putInt(stream(chance)).put((byte) 255).array(); // waits for itself, maybe
            case 4 -> chance.bytes(8);
            case 5 -> RawConnection.beginningOf((int) chance.number(), chance.mutated(log().toByteArray()));
            default -> chance.bytes(chance.below(chance.oneIn(20) ? 20_000 : 40));
        };
    }

    private static byte[] settings(Chance chance) {
        int count = chance.oneIn(10) ? 1000 : 1 + chance.below(6);
        ByteBuffer settings = ByteBuffer.allocate(6 * count);
        while (settings.hasRemaining()) {
            settings.putShort((short) chance.below(10)).putInt((int) chance.number());
        }
        return settings.array();
    }

    /** A call as it should be, or begun twice, or reset at once. */
    private byte[] call(Chance chance) {
        int stream = 1 + 2 * chance.below(100);
        byte[] message = log().toByteArray();
        ByteArrayOutputStream call = new ByteArrayOutputStream();
        call.writeBytes(RawConnection.frame(
                HEADERS, END_HEADERS, stream, RawConnection.headerBlock(Map.of("a", chance.plain(9)))));
        if (!chance.oneIn(4)) {
            call.writeBytes(RawConnection.frame(DATA, 1, stream, RawConnection.beginningOf(message.length, message)));
        }
        if (chance.oneIn(3)) {
            call.writeBytes(RawConnection.frame(
                    RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(8).array()));
        }
        return call.toByteArray();
    }

    private StreamLogsRequest log() {
        return StreamLogsRequest.newBuilder()
                .setDeploymentId(deployment.getDeploymentId())
                .build();
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
            return descriptors.count();
        }
    }
}
