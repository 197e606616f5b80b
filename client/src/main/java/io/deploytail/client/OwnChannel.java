package io.deploytail.client;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.net.UnixDomainSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A channel and its one thread. Closing it ends both before it returns: gRPC's shared threads would outlive it by a
 * second, and hold up for as long as 0.3 seconds a JVM that halts.
 *
 * <p>Thread-safe.
 */
final class OwnChannel {
    private static final long MAX_CLOSE_SECONDS = 2;

    private final EventLoopGroup thread;
    private final ManagedChannel channel;

    private OwnChannel(EventLoopGroup thread, ManagedChannel channel) {
        this.thread = thread;
        this.channel = channel;
    }

    /**
     * A channel that connects when it is first used.
     *
     * @param tls empty for none
     * @throws IllegalArgumentException if files of TLS can't be used
     */
    static OwnChannel to(ServerAddress address, Optional<Tls> tls) {
        NettyChannelBuilder builder = builder(address);
        tls.map(Tls::context).ifPresentOrElse(builder::sslContext, builder::usePlaintext);
        EventLoopGroup thread = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("deploytail-client", true), NioIoHandler.newFactory());
        ManagedChannel channel = builder.eventLoopGroup(thread)
                // No call blocks in a listener, so none needs a thread beside the transport's.
                .directExecutor()
                // A dead connection is dropped before a stream's silence limit, so the stream resumes on a new one.
                .keepAliveTime(15, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
                .build();
        return new OwnChannel(thread, channel);
    }

    private static NettyChannelBuilder builder(ServerAddress address) {
        if (address.path() == null) {
            return NettyChannelBuilder.forAddress(address.host(), address.port())
                    .channelType(NioSocketChannel.class);
        }
        return NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(address.path()))
                .overrideAuthority("localhost")
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class);
    }

    ManagedChannel channel() {
        return channel;
    }

    void close() {
        channel.shutdownNow();
        try {
            channel.awaitTermination(MAX_CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.shutdownGracefully(0, MAX_CLOSE_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(MAX_CLOSE_SECONDS, TimeUnit.SECONDS);
    }
}
