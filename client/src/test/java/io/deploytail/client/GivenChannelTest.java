package io.deploytail.client;

import static io.deploytail.client.FakeDeployService.ID;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.testing.TlsTesting;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client of a channel that its user made, for what the library has no settings for. */
@Timeout(60)
class GivenChannelTest {
    @Test
    void theChannelMayUseTlsAndOutlivesTheClient() throws Exception {
        FakeDeployService service = new FakeDeployService();
        service.hasLog("one\n");
        ServerCredentials ours =
                TlsServerCredentials.create(TlsTesting.loadCert("server1.pem"), TlsTesting.loadCert("server1.key"));
        Server server = Grpc.newServerBuilderForPort(0, ours)
                .addService(service)
                .build()
                .start();
        ChannelCredentials trusting = TlsChannelCredentials.newBuilder()
                .trustManager(TlsTesting.loadCert("ca.pem"))
                .build();
        ManagedChannel channel = Grpc.newChannelBuilder("localhost:" + server.getPort(), trusting)
                .overrideAuthority("foo.test.google.fr") // whom the certificate names
                .build();
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        try (DeploytailClient client =
                        DeploytailClient.builder("tls").channel(channel).build();
                LogStream log = client.follow(ID)) {
            assertThat(log.writeTo(out).isChecksummed()).isTrue();
        }

        assertThat(out).hasToString("one\n");
        assertThat(channel.isShutdown()).isFalse();
        assertThat(channel.shutdownNow().awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(server.shutdownNow().awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
}
