package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real server on a free port, with its data in a directory, and a channel to it. */
public final class TestServer implements ServerCalls, AutoCloseable {
    private final Path dataDir;
    private final Clock clock;
    private final ConnectionBounds bounds;
    private final List<String> options;
    private DeploytailServer server;
    private ManagedChannel channel;

    private TestServer(Path dataDir, Clock clock, ConnectionBounds bounds, List<String> options) {
        this.dataDir = dataDir;
        this.clock = clock;
        this.bounds = bounds;
        this.options = options;
        this.server = DeploytailServer.start(options(dataDir, options), clock, bounds);
        this.channel = connect(server.address());
    }

    static TestServer start(Path dataDir, String... options) {
        return start(dataDir, Clock.systemUTC(), options);
    }

    static TestServer start(Path dataDir, Clock clock, String... options) {
        return new TestServer(dataDir, clock, ConnectionBounds.standard(), List.of(options));
    }

    static TestServer start(Path dataDir, ConnectionBounds bounds, String... options) {
        return new TestServer(dataDir, Clock.systemUTC(), bounds, List.of(options));
    }

    private static ServerOptions options(Path dataDir, List<String> options) {
        List<String> line = new ArrayList<>(List.of("--listen", "127.0.0.1:0", "--data-dir", dataDir.toString()));
        line.addAll(options);
        return ServerOptions.parse(line.toArray(String[]::new));
    }

    static ManagedChannel connect(String address) {
        return NettyChannelBuilder.forTarget(address).usePlaintext().build();
    }

    /** Stops the server and starts it again on the same data, on another port. */
    void restart() throws IOException {
        close();
        server = DeploytailServer.start(options(dataDir, options), clock, bounds);
        channel = connect(server.address());
    }

    String address() {
        return server.address();
    }

    /** The address of the web page, with a slash at its end. */
    String webPage() {
        return server.webPage().orElseThrow();
    }

    boolean hasWebPage() {
        return server.webPage().isPresent();
    }

    Path database() {
        return dataDir.resolve("deploytail.db");
    }

    /** What the audit log has for this condition: caller, action, deployment, target and detail of each entry. */
    List<String> auditLog(String condition) throws SQLException {
        List<String> entries = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT caller || ' ' || action || ' ' || deployment_id || ' ' || target || ' ' || detail"
                                + " FROM audit_log WHERE " + condition + " ORDER BY audit_no")) {
            while (rows.next()) {
                entries.add(rows.getString(1));
            }
        }
        return entries;
    }

    Path runs() {
        return dataDir.resolve("runs");
    }

    @Override
    public ManagedChannel channel() {
        return channel;
    }

    @Override
    public void close() throws IOException {
        disconnect(channel);
        server.close();
    }

    static void disconnect(ManagedChannel channel) {
        channel.shutdownNow();
        try {
            assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Stops the server only. */
    void stop() throws IOException {
        server.close();
    }
}
