package io.deploytail.server;

import io.deploytail.server.security.ServerTls;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Where callers come in: an internet address, with TLS or without, or a Unix domain socket. */
final class Door implements Closeable {
    private static final int STOP_SECONDS = 2;

    private final NettyServerBuilder builder;
    private final @Nullable UnixSocket socket;
    private final EventLoopGroup threads;
    private final SocketAddress address;

    private Door(
            NettyServerBuilder builder,
            IoHandlerFactory io,
            Supplier<ServerChannel> listener,
            int maxConnections,
            @Nullable UnixSocket socket,
            SocketAddress address) {
        this.threads = new MultiThreadIoEventLoopGroup(0, new DefaultThreadFactory("connections", true), io);
        this.builder = builder.channelFactory(() -> limited(listener.get(), maxConnections))
                .bossEventLoopGroup(threads)
                .workerEventLoopGroup(threads);
        this.socket = socket;
        this.address = address;
    }

    private static ServerChannel limited(ServerChannel listener, int maxConnections) {
        listener.pipeline().addFirst(new ConnectionLimit(maxConnections));
        return listener;
    }

    /**
     * @param tls for internet addresses
     * @param maxConnections so many may be open at once
     */
    static Door to(SocketAddress address, Optional<ServerTls> tls, int maxConnections) throws IOException {
        if (address instanceof UnixDomainSocketAddress unix) {
            UnixSocket socket = UnixSocket.at(unix.getPath());
            return new Door(
                    NettyServerBuilder.forAddress(socket.bindingAddress()),
                    NioIoHandler.newFactory(),
                    NioServerDomainSocketChannel::new,
                    maxConnections,
                    socket,
                    address);
        }
        NettyServerBuilder builder = tls.isPresent()
                ? NettyServerBuilder.forAddress(address, tls.get().credentials())
                : NettyServerBuilder.forAddress(address);
        boolean hasEpoll = Epoll.isAvailable();
        return new Door(
                builder,
                hasEpoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory(),
                hasEpoll ? EpollServerSocketChannel::new : NioServerSocketChannel::new,
                maxConnections,
                null,
                address);
    }

    /** Of the server that is to be behind it. */
    NettyServerBuilder builder() {
        return builder;
    }

    /** To be called when that is started: from now on callers find it. */
    void open() throws IOException {
        if (socket != null) {
            socket.publish();
        }
    }

    /** Where callers find it. */
    String address(Server started) {
        return ListenAddress.format(socket == null ? started.getListenSockets().get(0) : address);
    }

    @Override
    public void close() throws IOException {
        threads.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS)
                .awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
        if (socket != null) {
            socket.close();
        }
    }
}
