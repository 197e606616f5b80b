package io.deploytail.server;

import io.deploytail.server.security.ServerTls;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Where callers come in: an internet address, with TLS or without, or a Unix domain socket. */
final class Door implements Closeable {
    private static final int STOP_SECONDS = 2;

    private final NettyServerBuilder builder;
    private final @Nullable UnixSocket socket;
    private final @Nullable EventLoopGroup threads;
    private final SocketAddress address;

    private Door(
            NettyServerBuilder builder,
            @Nullable UnixSocket socket,
            @Nullable EventLoopGroup threads,
            SocketAddress address) {
        this.builder = builder;
        this.socket = socket;
        this.threads = threads;
        this.address = address;
    }

    /** @param tls for internet addresses */
    static Door to(SocketAddress address, Optional<ServerTls> tls) throws IOException {
        if (address instanceof UnixDomainSocketAddress unix) {
            UnixSocket socket = UnixSocket.at(unix.getPath());
            EventLoopGroup threads = new MultiThreadIoEventLoopGroup(
                    0, new DefaultThreadFactory("unix-socket", true), NioIoHandler.newFactory());
            NettyServerBuilder builder = NettyServerBuilder.forAddress(socket.bindingAddress())
                    .channelType(NioServerDomainSocketChannel.class)
                    .bossEventLoopGroup(threads)
                    .workerEventLoopGroup(threads);
            return new Door(builder, socket, threads, address);
        }
        NettyServerBuilder builder = tls.isPresent()
                ? NettyServerBuilder.forAddress(address, tls.get().credentials())
                : NettyServerBuilder.forAddress(address);
        return new Door(builder, null, null, address);
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
        if (threads != null) {
            threads.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS)
                    .awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
        }
        if (socket != null) {
            socket.close();
        }
    }
}
