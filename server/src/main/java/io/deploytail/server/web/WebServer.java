package io.deploytail.server.web;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Answers HTTP/1.1. What one client may take of it, and for how long, is bounded. Thread-safe. */
public final class WebServer implements Closeable {
    private static final int THREADS = 8;

    /** More than pages that may be open: health and metrics are for others. */
    private static final int MAX_CONNECTIONS = 3000;

    private static final int MAX_HEADER_BYTES = 8 << 10;

    /** How long a connection may be silent, and a client may take nothing of what it is sent. */
    private static final Duration IDLE_LIMIT = Duration.ofSeconds(30);

    private final Server server;
    private final ServerConnector connector;
    private final boolean isSecure;

    private WebServer(Server server, ServerConnector connector, boolean isSecure) {
        this.server = server;
        this.connector = connector;
        this.isSecure = isSecure;
    }

    /**
     * Begins to serve.
     *
     * @param tls with which it speaks HTTPS; empty for HTTP
     * @param hosts by which host names it may be asked, besides those of loopback
     * @param pages by path
     * @param others answers what none of them does
     * @throws IOException if the address can't be had
     */
    public static WebServer start(
            InetSocketAddress address,
            Optional<SSLContext> tls,
            Set<String> hosts,
            Map<String, Page> pages,
            Page others)
            throws IOException {
        QueuedThreadPool threads = new QueuedThreadPool(THREADS, THREADS); // later the host may have none left
        threads.setName("web");
        threads.setDaemon(true);
        threads.setReservedThreads(0);
        Server server = new Server(threads);
        server.setStopTimeout(0); // browsers come again by themselves
        server.setErrorHandler(new PlainErrors());
        server.setHandler(new Router(new RequestedHost(hosts), pages, others));

        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(MAX_HEADER_BYTES);
        HttpConnectionFactory overHttp = new HttpConnectionFactory(http);
        ServerConnector connector = tls.isPresent()
                ? new ServerConnector(server, 0, 1, overTls(tls.get(), overHttp), overHttp)
                : new ServerConnector(server, 0, 1, overHttp);
        connector.setHost(address.getAddress().getHostAddress());
        connector.setPort(address.getPort());
        connector.setIdleTimeout(IDLE_LIMIT.toMillis());
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, connector));

        WebServer started = new WebServer(server, connector, tls.isPresent());
        try {
            server.start();
        } catch (Exception e) {
            IOException failure = new IOException("cannot serve HTTP on " + address, e);
            try {
                started.close();
            } catch (IOException suppressed) {
                failure.addSuppressed(suppressed);
            }
            throw failure;
        }
        return started;
    }

    private static SslConnectionFactory overTls(SSLContext context, HttpConnectionFactory next) {
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setSslContext(context);
        return new SslConnectionFactory(tls, next.getProtocol());
    }

    /** {@code http} or {@code https}. */
    public String scheme() {
        return isSecure ? "https" : "http";
    }

    /** Where it serves. */
    public InetSocketAddress address() {
        return new InetSocketAddress(connector.getHost(), connector.getLocalPort());
    }

    /** Stops, whatever is being sent. */
    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException("cannot stop serving HTTP", e);
        }
    }
}
