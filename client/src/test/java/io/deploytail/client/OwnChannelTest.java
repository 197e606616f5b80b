package io.deploytail.client;

import static io.deploytail.client.FakeDeployService.ID;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client over a real connection. */
@Timeout(60)
class OwnChannelTest {
    private final FakeDeployService service = new FakeDeployService();
    private Server server = serve(0);
    private final int port = server.getPort();

    @AfterEach
    void stopServer() throws InterruptedException {
        server.shutdownNow().awaitTermination(30, TimeUnit.SECONDS);
    }

    @Test
    void resumesWhenTheServerWasRestarted() throws Exception {
        service.hasLog("one\ntwo\n");
        service.plan(service.hangBeforeEnd());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (DeploytailClient client = DeploytailClient.connect("localhost:" + port);
                LogStream log = client.follow(ID)) {
            LogEvent event = log.next();
            while (!(event instanceof LogEvent.Chunk)) {
                event = log.next();
            }
            ((LogEvent.Chunk) event).writeTo(out);

            server.shutdownNow().awaitTermination(30, TimeUnit.SECONDS);
            server = serve(port);

            assertThat(log.writeTo(out).isChecksummed()).isTrue();
        }
        assertThat(out).hasToString("one\ntwo\n");
    }

    @Test
    void closingAClientEndsItsThread() throws Exception {
        Thread thread;
        try (DeploytailClient client = DeploytailClient.connect("localhost:" + port)) {
            assertThat(client.get(ID).id()).isEqualTo(ID);
            thread = Thread.getAllStackTraces().keySet().stream()
                    .filter(each -> each.getName().startsWith("deploytail-client"))
                    .findFirst()
                    .orElseThrow();
        }
        thread.join();
    }

    private Server serve(int onPort) {
        try {
            return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), onPort))
                    .addService(service)
                    .build()
                    .start();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
