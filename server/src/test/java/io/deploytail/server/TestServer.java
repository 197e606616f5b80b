package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.DeployServiceGrpc.DeployServiceBlockingStub;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.GetDeploymentRequest;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real server on a free port, with its data in a directory, and a channel to it. */
public final class TestServer implements AutoCloseable {
    private final Path dataDir;
    private final Clock clock;
    private final List<String> options;
    private DeploytailServer server;
    private ManagedChannel channel;

    private TestServer(Path dataDir, Clock clock, List<String> options) {
        this.dataDir = dataDir;
        this.clock = clock;
        this.options = options;
        this.server = DeploytailServer.start(options(dataDir, options), clock);
        this.channel = connect(server.address());
    }

    static TestServer start(Path dataDir, String... options) {
        return start(dataDir, Clock.systemUTC(), options);
    }

    static TestServer start(Path dataDir, Clock clock, String... options) {
        return new TestServer(dataDir, clock, List.of(options));
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
        server = DeploytailServer.start(options(dataDir, options), clock);
        channel = connect(server.address());
    }

    String address() {
        return server.address();
    }

    Path database() {
        return dataDir.resolve("deploytail.db");
    }

    Path runs() {
        return dataDir.resolve("runs");
    }

    ManagedChannel channel() {
        return channel;
    }

    DeployServiceBlockingStub stub() {
        return DeployServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    Deployment run(String... command) {
        return start(StartDeployRequest.newBuilder().addAllCommand(List.of(command)));
    }

    Deployment shell(String script) {
        return run("sh", "-c", script);
    }

    Deployment start(StartDeployRequest.Builder request) {
        return stub().startDeploy(request.build()).getDeployment();
    }

    Deployment get(String id) {
        return stub().getDeployment(
                        GetDeploymentRequest.newBuilder().setDeploymentId(id).build())
                .getDeployment();
    }

    Deployment cancel(String id) {
        return stub().cancelDeployment(
                        CancelDeploymentRequest.newBuilder().setDeploymentId(id).build())
                .getDeployment();
    }

    Follower follow(Deployment deployment) {
        return follow(deployment, 0);
    }

    Follower follow(Deployment deployment, long fromOffset) {
        return follow(StreamLogsRequest.newBuilder()
                .setDeploymentId(deployment.getDeploymentId())
                .setFromOffset(fromOffset));
    }

    Follower follow(StreamLogsRequest.Builder request) {
        return Follower.start(channel, request.build());
    }

    /** Follows until the end and returns the final deployment. */
    Deployment awaitEnd(Deployment deployment) throws InterruptedException {
        return follow(deployment).end().getDeployment();
    }

    /** The whole log of a deployment that has ended, or will. */
    byte[] log(Deployment deployment) throws InterruptedException {
        Follower follower = follow(deployment);
        follower.end();
        return follower.bytes();
    }

    String text(Deployment deployment) throws InterruptedException {
        return new String(log(deployment), StandardCharsets.UTF_8);
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
