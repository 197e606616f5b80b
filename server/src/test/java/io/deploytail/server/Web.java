package io.deploytail.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Asks over HTTP. */
final class Web {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private Web() {}

    static HttpResponse<String> get(TestServer server, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server.webPage()).resolve(path));
        return CLIENT.send((headers.length > 0 ? request.headers(headers) : request).build(), BodyHandlers.ofString());
    }

    static HttpResponse<String> send(TestServer server, String method, String path)
            throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create(server.webPage()).resolve(path))
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }
}
