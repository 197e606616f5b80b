package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.deploytail.server.deployment.Role;
import io.deploytail.server.security.CallerRegistry;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How callers reach a server: over TLS, with client certificates, by a Unix domain socket. */
@Timeout(120)
class TransportTest {
    @TempDir
    private static Path certificateDirectory;

    private static TestCertificates certificates;
    private static TestCertificates others;

    @TempDir
    private Path directory;

    private final List<ManagedChannel> channels = new ArrayList<>();
    private Path callersFile;
    private CallerRegistry callers;

    @BeforeAll
    static void makeCertificates() throws Exception {
        certificates = TestCertificates.in(certificateDirectory.resolve("ours"))
                .sign("first", "DNS:localhost")
                .sign("second", "DNS:localhost")
                .sign("billing", "DNS:billing.internal,URI:spiffe://example.org/billing");
        others = TestCertificates.in(certificateDirectory.resolve("others")).sign("billing", "DNS:billing.internal");
    }

    @BeforeEach
    void registerCallers() throws IOException {
        callersFile = directory.resolve("callers.json");
        callers = new CallerRegistry(callersFile);
        callers.addCertificate("billing.internal", Optional.of(Role.VIEWER), List.of());
    }

    @AfterEach
    void disconnect() {
        channels.forEach(TestServer::disconnect);
    }

    @Test
    void overTlsTheServerShowsItsCertificate() throws Exception {
        String token = callers.addToken("ops", Optional.of(Role.ADMIN), List.of());
        try (DeploytailServer server = start(certificates.file("first.pem"), certificates.file("first.key"))) {
            AsCaller ops = AsCaller.of(connect(server, trusting(certificates).build()), token);

            assertThat(ops.awaitEnd(ops.run("true")).getStartedBy()).isEqualTo("ops");
            assertThat(status(connect(server, InsecureChannelCredentials.create())))
                    .isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(status(connect(server, trusting(others).build()))).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    @Test
    void clientCertificateSaysWhoCalls() throws Exception {
        try (DeploytailServer server = start(certificates.file("first.pem"), certificates.file("first.key"))) {
            ManagedChannel billing = connect(server, showing(certificates, "billing"));
            assertThat(status(billing)).isEqualTo(Status.Code.OK);
            StatusRuntimeException refusal =
                    catchThrowableOfType(StatusRuntimeException.class, () -> new AsCaller(billing).run("true"));
            assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);

            assertThat(status(connect(server, trusting(certificates).build())))
                    .as("no certificate")
                    .isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(status(connect(server, showing(certificates, "second"))))
                    .as("a name that is not known")
                    .isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(status(connect(server, showingTo(certificates, others, "billing"))))
                    .as("the same name, signed by somebody else")
                    .isIn(Status.Code.UNAVAILABLE, Status.Code.UNAUTHENTICATED);

            callers.revokeCertificate("billing.internal");
            Eventually.until("the certificate is worthless", () -> status(billing) == Status.Code.UNAUTHENTICATED);
            callers.addCertificate("spiffe://example.org/billing", Optional.of(Role.VIEWER), List.of());
            Eventually.until("its other name is known", () -> status(billing) == Status.Code.OK);
        }
    }

    @Test
    void tokenCountsMoreThanTheCertificate() throws Exception {
        String token = callers.addToken("ops", Optional.of(Role.ADMIN), List.of());
        try (DeploytailServer server = start(certificates.file("first.pem"), certificates.file("first.key"))) {
            ManagedChannel billing = connect(server, showing(certificates, "billing"));
            AsCaller ops = AsCaller.of(billing, token);

            assertThat(ops.awaitEnd(ops.run("true")).getStartedBy()).isEqualTo("ops");
            assertThat(status(AsCaller.of(billing, "dt_wrong"))).isEqualTo(Status.Code.UNAUTHENTICATED);
        }
    }

    @Test
    void newCertificateIsShownToNewConnectionsAndOldOnesStay() throws Exception {
        String token = callers.addToken("ops", Optional.of(Role.ADMIN), List.of());
        Path certificate = copy("first.pem", "server.pem");
        Path key = copy("first.key", "server.key");
        try (DeploytailServer server = start(certificate, key)) {
            AsCaller ops = AsCaller.of(connect(server, trusting(certificates).build()), token);
            Deployment running = ops.run("sh", "-c", "echo hello; exec sleep 100");
            Follower follower = ops.follow(running).awaitText("hello\n");
            assertThat(shown(server)).isEqualTo("CN=first");

            Files.writeString(certificate, "half a certi");
            copy("second.key", "server.key");
            copy("second.pem", "server.pem");

            Eventually.until("the new one is shown", () -> shown(server).equals("CN=second"));
            ops.cancel(running.getDeploymentId());
            assertThat(follower.end().getDeployment().getCancelledBy()).isEqualTo("ops");
        }
    }

    @Test
    void keyOfAnotherCertificateIsNamed() {
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> start(certificates.file("first.pem"), certificates.file("second.key")))
                .withMessageContaining("is not that of the certificate");
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> start(certificates.file("first.key"), certificates.file("first.key")))
                .withMessageContaining("no certificate in PEM");
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> start(certificates.file("first.pem"), certificates.file("first.pem")))
                .withMessageContaining("PKCS #8");
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> start(certificates.file("none.pem"), certificates.file("first.key")))
                .withMessageContaining("there is no ");
    }

    @Test
    void offLoopbackThePageIsEncrypted() throws Exception {
        String token = callers.addToken("ops", Optional.of(Role.ADMIN), List.of());
        try (DeploytailServer server =
                start(certificates.file("first.pem"), certificates.file("first.key"), "--web", "0.0.0.0:0")) {
            URI page = URI.create(server.webPage().orElseThrow().replace("0.0.0.0", "localhost"));
            assertThat(page.getScheme()).isEqualTo("https");
            HttpClient client =
                    HttpClient.newBuilder().sslContext(context(certificates)).build();

            assertThat(client.send(
                                    HttpRequest.newBuilder(page)
                                            .header("Authorization", "Bearer " + token)
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void unixSocketIsItsOwnersOnly() throws Exception {
        Path socket = directory.resolve("deploytail.sock");
        try (DeploytailServer server = onSocket(socket, "data")) {
            assertThat(server.address()).isEqualTo("unix:" + socket);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            try (SocketCaller caller = new SocketCaller(socket)) {
                assertThat(caller.text(caller.shell("echo hello"))).isEqualTo("hello\n");
            }
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() -> onSocket(socket, "other"))
                    .withMessageContaining("another server does");
            assertThat(socket).exists();
        }
        assertThat(socket).doesNotExist();
        try (var left = Files.list(directory)) {
            assertThat(left.filter(file -> file.getFileName().toString().startsWith(".")))
                    .isEmpty();
        }
    }

    @Test
    void socketThatWasLeftBehindIsReplacedAndOtherFilesAreNot() throws Exception {
        Path socket = directory.resolve("deploytail.sock");
        try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            left.bind(UnixDomainSocketAddress.of(socket));
        }
        try (DeploytailServer server = onSocket(socket, "data");
                SocketCaller caller = new SocketCaller(socket)) {
            assertThat(server.address()).isEqualTo("unix:" + socket);
            assertThat(status(caller)).isEqualTo(Status.Code.OK);
        }

        Files.writeString(socket, "precious");
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> onSocket(socket, "data"))
                .withMessageContaining("no socket");
        assertThat(socket).hasContent("precious");
    }

    private DeploytailServer onSocket(Path socket, String data) {
        return DeploytailServer.start(ServerOptions.parse(
                "--listen",
                "unix:" + socket,
                "--data-dir",
                directory.resolve(data).toString()));
    }

    private DeploytailServer start(Path certificate, Path key, String... more) {
        List<String> options = new ArrayList<>(List.of(
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
                directory.resolve("data").toString(),
                "--tls-cert",
                certificate.toString(),
                "--tls-key",
                key.toString(),
                "--client-ca",
                certificates.file("ca.pem").toString(),
                "--callers",
                callersFile.toString()));
        options.addAll(List.of(more));
        return DeploytailServer.start(ServerOptions.parse(options.toArray(String[]::new)));
    }

    private Path copy(String name, String as) throws IOException {
        Path copied = directory.resolve(as + ".new");
        Files.copy(certificates.file(name), copied);
        return Files.move(copied, directory.resolve(as), StandardCopyOption.REPLACE_EXISTING);
    }

    private ManagedChannel connect(DeploytailServer server, ChannelCredentials credentials) {
        ManagedChannel channel = Grpc.newChannelBuilder(server.address().replace("127.0.0.1", "localhost"), credentials)
                .build();
        channels.add(channel);
        return channel;
    }

    private static TlsChannelCredentials.Builder trusting(TestCertificates authority) throws IOException {
        return TlsChannelCredentials.newBuilder()
                .trustManager(authority.file("ca.pem").toFile());
    }

    private static ChannelCredentials showing(TestCertificates authority, String name) throws IOException {
        return showingTo(authority, authority, name);
    }

    private static ChannelCredentials showingTo(TestCertificates trusted, TestCertificates authority, String name)
            throws IOException {
        return trusting(trusted)
                .keyManager(
                        authority.file(name + ".pem").toFile(),
                        authority.file(name + ".key").toFile())
                .build();
    }

    private static Status.Code status(ManagedChannel channel) {
        return status(new AsCaller(channel));
    }

    private static Status.Code status(ServerCalls caller) {
        try {
            caller.stub().listDeployments(ListDeploymentsRequest.getDefaultInstance());
            return Status.Code.OK;
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        }
    }

    /** The subject of the certificate that a new connection is shown. */
    private static String shown(DeploytailServer server) throws Exception {
        int port = Integer.parseInt(server.address().substring(server.address().lastIndexOf(':') + 1));
        try (SSLSocket socket =
                (SSLSocket) context(certificates).getSocketFactory().createSocket("localhost", port)) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    private static SSLContext context(TestCertificates trusted) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(trusted.file("ca.pem"))) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        TrustManager[] managers = trust.getTrustManagers();
        context.init(null, managers, null);
        return context;
    }

    /** A caller on a Unix domain socket. */
    private static final class SocketCaller implements ServerCalls, AutoCloseable {
        private final EventLoopGroup thread = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        private final ManagedChannel channel;

        SocketCaller(Path socket) {
            channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                    .overrideAuthority("localhost")
                    .eventLoopGroup(thread)
                    .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                    .usePlaintext()
                    .build();
        }

        @Override
        public ManagedChannel channel() {
            return channel;
        }

        @Override
        public void close() {
            TestServer.disconnect(channel);
            assertThat(thread.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(30, TimeUnit.SECONDS))
                    .isTrue();
        }
    }
}
