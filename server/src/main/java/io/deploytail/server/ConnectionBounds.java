package io.deploytail.server;

import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What one connection may take of the server, and for how long, whoever is at its other end. A request's metadata is
 * bounded too: gRPC takes 8 KiB.
 *
 * @param beginning how long a new connection may take to begin to speak HTTP/2
 * @param idleness for how long it may be open without a call; a client connects anew for its next one
 * @param silence after how long without a word the other end is asked whether it is still there; 10 seconds at least
 * @param answer how long it may take to answer that; a network that is gone is noticed after both
 */
record ConnectionBounds(Duration beginning, Duration idleness, Duration silence, Duration answer) {
    /** The API's own limits for a request add up to far less. */
    private static final int MAX_MESSAGE_BYTES = 4 << 20;

    /** Every follower is a call, and a backend may have all of its followers on one connection. More have to wait. */
    private static final int MAX_CALLS = 2000;

    /**
     * Enough for a client that cancels all of its calls at once, and does so again; each counts twice, for it is reset
     * from both ends. A client that does nothing but begin calls and reset them is hung up on.
     */
    private static final int MAX_RESETS = 4 * MAX_CALLS;

    private static final int RESETS_SECONDS = 10;

    /** Clients may ask, too, whether the server is still there, but no more often. */
    private static final int MIN_PING_SECONDS = 10;

    static ConnectionBounds standard() {
        return new ConnectionBounds(
                Duration.ofSeconds(10), Duration.ofMinutes(5), Duration.ofSeconds(60), Duration.ofSeconds(20));
    }

    void applyTo(NettyServerBuilder server) {
        server.maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .maxConcurrentCallsPerConnection(MAX_CALLS)
                .maxRstFramesPerWindow(MAX_RESETS, RESETS_SECONDS)
                .handshakeTimeout(beginning.toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionIdle(idleness.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTime(silence.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(answer.toMillis(), TimeUnit.MILLISECONDS)
                .permitKeepAliveTime(MIN_PING_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true);
    }
}
