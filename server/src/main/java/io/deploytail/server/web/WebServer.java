package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Serves the site over HTTP/1.1. Thread-safe. */
public final class WebServer implements Closeable {
    private static final int MAX_THREADS = 16;
    private static final int MIN_THREADS = 4;
    private static final int MAX_CONNECTIONS = 2000;
    private static final int MAX_HEADER_BYTES = 8 << 10;
    private static final long IDLE_MILLIS = 30_000;

    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private final Server server;
    private final ServerConnector connector;
    private final InetAddress address;

    private WebServer(Server server, ServerConnector connector, InetAddress address) {
        this.server = server;
        this.address = address;
        this.connector = connector;
    }

    /**
     * Begins to serve.
     *
     * @param hostNames under which callers may come, besides those of the loopback addresses; in lower case
     * @throws IOException if the address can't be had
     */
    public static WebServer start(InetSocketAddress address, Set<String> hostNames, Site site) throws IOException {
        QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
        threads.setName("web");
        threads.setDaemon(true);
        Server server = new Server(threads);
        server.setHandler(new SiteHandler(site, new HostRule(hostNames)));
        server.setStopTimeout(0); // browsers come again by themselves
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setRequestHeaderSize(MAX_HEADER_BYTES);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration));
        connector.setHost(address.getAddress().getHostAddress());
        connector.setPort(address.getPort());
        connector.setIdleTimeout(IDLE_MILLIS);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, connector));
        WebServer web = new WebServer(server, connector, address.getAddress());
        try {
            server.start();
        } catch (Exception e) {
            web.close();
            throw new IOException("cannot serve the web page on " + address, e);
        }
        return web;
    }

    /** Where it serves. */
    public InetSocketAddress address() {
        return new InetSocketAddress(address, connector.getLocalPort());
    }

    /** Ends every request. */
    @Override
    public void close() throws IOException {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IOException("could not stop the web server", e);
        }
    }

    private static final class SiteHandler extends Handler.Abstract {
        private final Site site;
        private final HostRule hosts;

        SiteHandler(Site site, HostRule hosts) {
            this.site = requireNonNull(site);
            this.hosts = requireNonNull(hosts);
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            response.getHeaders().put("Content-Security-Policy", POLICY);
            response.getHeaders().put("X-Content-Type-Options", "nosniff");
            response.getHeaders().put("Referrer-Policy", "same-origin");
            response.getHeaders().put("Cross-Origin-Opener-Policy", "same-origin");
            response.getHeaders().put("Cross-Origin-Resource-Policy", "same-origin");
            Exchange exchange = new Exchange(request, response, callback);
            if (hosts.allows(exchange.host())) {
                site.answer(exchange);
            } else {
                exchange.answer(
                        421,
                        Exchange.TEXT,
                        "This server has not been told that it is called by this name: see --web-host.\n");
            }
            return true;
        }
    }
}
