package io.deploytail.client;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A {@link FakeDeployService} and a channel to it, in this process and without threads: a stream's script plays inside
 * the client's call. Closing fails if a call is left behind.
 */
public final class FakeServer implements AutoCloseable {
    /** Tries again as soon as a policy may, and for as long as any test takes. */
    public static final RetryPolicy QUICK =
            new RetryPolicy(Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMinutes(1), Duration.ofMinutes(1));

    public final FakeDeployService service = new FakeDeployService();
    private final Server server;
    private final ManagedChannel channel;

    public FakeServer() {
        String name = InProcessServerBuilder.generateName();
        try {
            server = InProcessServerBuilder.forName(name)
                    .directExecutor()
                    .addService(service)
                    .build()
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    }

    public DeploytailClient.Builder clientBuilder() {
        return DeploytailClient.builder("deploys.example:50051")
                .channel(channel)
                .retryPolicy(QUICK);
    }

    public DeploytailClient client() {
        return clientBuilder().build();
    }

    @Override
    public void close() {
        channel.shutdown();
        server.shutdown();
        try {
            if (!channel.awaitTermination(30, TimeUnit.SECONDS) || !server.awaitTermination(30, TimeUnit.SECONDS)) {
                channel.shutdownNow();
                server.shutdownNow();
                throw new AssertionError("a call was left open");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
