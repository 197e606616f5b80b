package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are broken or mean: each loses its connection before long, and nobody else notices. */
@Timeout(120)
class HostileClientTest {
    private static final byte[] START_OF_TLS = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, (byte) 0xFC, 0x03, 0x03
    };

    private static final Duration NEVER = Duration.ofMinutes(5);

    private final List<RawConnection> connections = new ArrayList<>();

    @TempDir
    private Path directory;

    private TestServer server;
    private Gate gate;
    private Deployment deployment;
    private Follower bystander;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start(
                directory.resolve("data"),
                new ConnectionBounds(
                        Duration.ofMillis(500), Duration.ofMinutes(5), Duration.ofSeconds(10), Duration.ofSeconds(2)));
        gate = Gate.in(directory, "gate");
        deployment = server.shell("echo before; " + gate.await() + "; echo after");
        bystander = server.follow(deployment).awaitText("before\n");
    }

    @AfterEach
    void stop() throws Exception {
        for (RawConnection connection : connections) {
            connection.close();
        }
        server.close();
    }

    @Test
    void whoDoesNotSpeakHttp2IsHungUpOn() throws Exception {
        byte[] garbage = new byte[100_000];
        new Random(1).nextBytes(garbage);

        untilHungUpOn(open(), connection -> connection.send(garbage));
        open().send(START_OF_TLS);
        open().send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");

        awaitEnds();
        assertBystanderNoticesNothing();
    }

    @Test
    void whoDoesNotBeginIsHungUpOn() throws Exception {
        open();
        open().send("PRI * HT");
        open().preface();

        awaitEnds();
        assertBystanderNoticesNothing();
    }

    @Test
    void whoIsGoneWithoutAWordIsNoticed() throws Exception {
        open().handshake();
        open().handshake().send(new byte[] {0, 1, 0}); // a third of a frame's beginning
        open().handshake().streamLogs(1, log());

        awaitEnds();
        assertBystanderNoticesNothing();
    }

    @Test
    void requestThatIsTooLargeIsRefusedBeforeItHasCome() throws Exception {
        RawConnection connection = open().handshake().headers(1, Map.of());

        connection.messageBeginning(1, 1 << 30, new byte[10]);

        connection.awaitAnswer(1);
        assertBystanderNoticesNothing();
    }

    @Test
    void headersWithoutEndAreNotCollected() throws Exception {
        untilHungUpOn(open().handshake().headersWithoutEnd(1, Map.of()), connection -> {
            for (int i = 0; i < 10_000; i++) {
                connection.moreHeaders(1, "more-" + i, "x".repeat(10_000));
            }
        });

        awaitEnds();
        assertBystanderNoticesNothing();
    }

    @Test
    void callsThatAreResetAtOnceAreNotTakenForEver() throws Exception {
        untilHungUpOn(open().handshake(), connection -> {
            for (int i = 0; i < 10_000; i++) {
                connection.streamLogs(2 * i + 1, log()).reset(2 * i + 1);
            }
        });

        awaitEnds();
        assertBystanderNoticesNothing();
    }

    @Test
    void whoComesWhenAsManyAreConnectedAsMayBeIsHungUpOn() throws Exception {
        ConnectionBounds patient = new ConnectionBounds(NEVER, NEVER, NEVER, NEVER);
        try (TestServer small = TestServer.start(directory.resolve("small"), patient, "--max-connections", "3");
                RawConnection first = RawConnection.open(small.address());
                RawConnection second = RawConnection.open(small.address()).handshake();
                RawConnection third = RawConnection.open(small.address());
                RawConnection fourth = RawConnection.open(small.address())) {
            fourth.awaitEnd();

            first.vanish();
            second.vanish();
            third.vanish();

            Eventually.until("there is room again", () -> isServed(small));
        }
        assertBystanderNoticesNothing();
    }

    @Test
    void whoConnectsAndCallsNothingIsHungUpOn() throws Exception {
        ConnectionBounds bounds = new ConnectionBounds(NEVER, Duration.ofMillis(100), NEVER, NEVER);
        try (TestServer impatient = TestServer.start(directory.resolve("impatient"), bounds);
                RawConnection idle = RawConnection.open(impatient.address()).handshake()) {
            idle.awaitEnd();

            assertThat(isServed(impatient)).isTrue();
        }
        assertBystanderNoticesNothing();
    }

    private static boolean isServed(TestServer server) {
        try {
            server.stub().listDeployments(ListDeploymentsRequest.getDefaultInstance());
            return true;
        } catch (StatusRuntimeException e) {
            return false;
        }
    }

    private RawConnection open() throws IOException {
        RawConnection connection = RawConnection.open(server.address());
        connections.add(connection);
        return connection;
    }

    private StreamLogsRequest log() {
        return StreamLogsRequest.newBuilder()
                .setDeploymentId(deployment.getDeploymentId())
                .build();
    }

    private static void untilHungUpOn(RawConnection connection, Attack attack) throws IOException {
        try {
            attack.on(connection);
        } catch (SocketException e) {
            // it was noticed before it was over
        }
    }

    private void awaitEnds() throws IOException {
        for (RawConnection connection : connections) {
            connection.awaitEnd();
        }
    }

    /** Also somebody who comes now is served. */
    private void assertBystanderNoticesNothing() throws Exception {
        assertThat(server.text(server.run("echo", "hello"))).isEqualTo("hello\n");
        gate.open();
        bystander.end();
        assertThat(bystander.text()).isEqualTo("before\nafter\n");
    }

    private interface Attack {
        void on(RawConnection connection) throws IOException;
    }
}
