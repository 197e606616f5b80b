package io.deploytail.server;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hangs up on whoever connects while there are as many connections as there may be: each holds a file descriptor, which
 * commands need as well, whether a word is spoken on it or not. Stands at the front of a listening channel, and so is only
 * ever called on that channel's thread; connections end on theirs.
 */
final class ConnectionLimit extends ChannelInboundHandlerAdapter {
    private static final Logger logger = LoggerFactory.getLogger(ConnectionLimit.class);

    private static final long WARNING_INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final int max;
    private final AtomicInteger open = new AtomicInteger();
    private long nextWarningNanos = System.nanoTime();

    /** @param max so many may be open at once */
    ConnectionLimit(int max) {
        this.max = max;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
        Channel connection = (Channel) accepted;
        if (open.get() >= max) {
            connection.unsafe().closeForcibly();
            warn();
            return;
        }
        open.incrementAndGet();
        ChannelFuture unused = connection.closeFuture().addListener(closed -> open.decrementAndGet());
        context.fireChannelRead(connection);
    }

    private void warn() {
        long now = System.nanoTime();
        if (now - nextWarningNanos >= 0) {
            logger.warn("{} connections are open, as many as may be: others are hung up on", max);
            nextWarningNanos = now + WARNING_INTERVAL_NANOS;
        }
    }
}
