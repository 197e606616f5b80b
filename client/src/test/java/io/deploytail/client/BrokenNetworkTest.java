package io.deploytail.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.DeploytailServer;
import io.deploytail.server.ServerOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client and the server as they are, with a network between them that does not always work. */
@Timeout(120)
class BrokenNetworkTest {
    private static final Duration FOR_EVER = Duration.ofMinutes(10);

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    private DeploytailServer server;
    private Path gate;

    @BeforeEach
    void start() {
        gate = directory.resolve("gate");
        server = DeploytailServer.start(ServerOptions.parse(
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
                directory.resolve("data").toString(),
                "--heartbeat-interval",
                "800ms"));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void logIsExactThroughAProxyThatCutsWhatIsIdle() throws Exception {
        try (BrokenProxy proxy = new BrokenProxy(server.address(), Duration.ofMillis(200));
                DeploytailClient client = connect(proxy);
                LogStream log = client.follow(start(client))) {
            awaitText(log, "before\n");
            for (int cuts = 0; cuts < 3; cuts++) {
                awaitResuming(log);
            }
            Files.createFile(gate);

            assertThat(log.writeTo(out).isChecksummed()).isTrue();
        }
        assertThat(text()).isEqualTo("before\nafter\n");
    }

    @Test
    void logIsExactThoughAConnectionSilentlyStopsToWork() throws Exception {
        try (BrokenProxy proxy = new BrokenProxy(server.address(), FOR_EVER);
                DeploytailClient client = connect(proxy);
                LogStream log = client.follow(start(client))) {
            awaitText(log, "before\n");
            proxy.freeze();
            Files.createFile(gate);

            awaitResuming(log); // it noticed by itself
            proxy.cut(); // as the channel would, some time later
            assertThat(log.writeTo(out).isChecksummed()).isTrue();
        }
        assertThat(text()).isEqualTo("before\nafter\n");
    }

    private static DeploytailClient connect(BrokenProxy proxy) {
        return DeploytailClient.builder(proxy.address())
                .retryPolicy(RetryPolicy.standard().withDelays(Duration.ofMillis(20), Duration.ofMillis(100)))
                .silenceLimit(Duration.ofSeconds(2))
                .build();
    }

    private String start(DeploytailClient client) {
        String script = "echo before; until [ -e " + gate + " ]; do sleep 0.02; done; echo after";
        return client.start(DeployRequest.of("timeout", "60", "sh", "-c", script))
                .id();
    }

    private void awaitText(LogStream log, String text) throws Exception {
        while (!text().contains(text)) {
            take(log.next());
        }
    }

    private void awaitResuming(LogStream log) throws Exception {
        LogEvent event = log.next();
        while (!(event instanceof LogEvent.Resuming)) {
            take(event);
            event = log.next();
        }
    }

    private void take(LogEvent event) throws IOException {
        assertThat(event).isNotInstanceOf(LogEvent.End.class);
        if (event instanceof LogEvent.Chunk chunk) {
            chunk.writeTo(out);
        }
    }

    private String text() {
        return out.toString(StandardCharsets.UTF_8);
    }
}
