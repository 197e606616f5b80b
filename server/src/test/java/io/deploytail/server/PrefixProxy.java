package io.deploytail.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A reverse proxy that serves another site under a prefix, as many set one up. It passes on what it reads at once. */
final class PrefixProxy implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads;
    private final HttpClient client = HttpClient.newHttpClient();
    private final String prefix;
    private final String site;

    private PrefixProxy(HttpServer server, ExecutorService threads, String prefix, String site) {
        this.server = server;
        this.threads = threads;
        this.prefix = prefix;
        this.site = site;
    }

    /** @param site with a slash at its end */
    static PrefixProxy start(String prefix, String site) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ExecutorService threads = Executors.newCachedThreadPool();
        PrefixProxy proxy = new PrefixProxy(server, threads, prefix, site);
        server.setExecutor(threads);
        server.createContext(prefix + "/", proxy::pass);
        server.start();
        return proxy;
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + prefix + "/";
    }

    private void pass(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString().substring(prefix.length() + 1);
        HttpRequest request = HttpRequest.newBuilder(URI.create(site + path)).build();
        try (exchange) {
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            response.headers()
                    .firstValue("content-type")
                    .ifPresent(type -> exchange.getResponseHeaders().set("Content-Type", type));
            exchange.sendResponseHeaders(response.statusCode(), 0);
            try (InputStream from = response.body();
                    OutputStream to = exchange.getResponseBody()) {
                byte[] buffer = new byte[8192];
                for (int length = from.read(buffer); length >= 0; length = from.read(buffer)) {
                    to.write(buffer, 0, length);
                    to.flush();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
