package io.deploytail.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked over HTTP, by whom, and what it does to the server. */
class WebServerTest {
    private static final int LIMIT_MILLIS = 30_000;

    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(
                directory.resolve("data"), "--web", "127.0.0.1:0", "--web-host", "Deploys.example,other.example");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void nothingIsAnsweredUnlessAskedFor() throws IOException {
        try (TestServer plain = TestServer.start(directory.resolve("plain"))) {
            assertThat(plain.hasWebPage()).isFalse();
        }
    }

    @Test
    void addressThatIsTakenIsNamed() {
        String taken = URI.create(server.webPage()).getAuthority();

        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> TestServer.start(directory.resolve("second"), "--web", taken))
                .withMessage("cannot start: cannot serve HTTP on /" + taken + ": Address already in use");
    }

    @Test
    void pathWithoutAPageIsNotFound() throws Exception {
        assertAnswer(Web.send(server, "GET", "/healthz/more"), 404, "There is nothing here.\n");
    }

    @Test
    void pagesAreOnlyRead() throws Exception {
        HttpResponse<String> answer = Web.send(server, "POST", "/healthz");

        assertAnswer(answer, 405, "only GET and HEAD\n");
        assertThat(answer.headers().firstValue("Allow")).contains("GET, HEAD");
    }

    @Test
    void headersCanBeAskedForAlone() throws Exception {
        HttpResponse<String> answer = Web.send(server, "HEAD", "/healthz");

        assertAnswer(answer, 200, "");
        assertThat(answer.headers().firstValue("Content-Length")).contains("3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST:8080",
                "127.0.0.1",
                "127.1.2.3:80",
                "[::1]:8080",
                "deploys.example",
                "other.example:443"
            })
    void loopbackAndTheGivenNamesAreAnswered(String host) throws IOException {
        assertThat(raw("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .endsWith("\r\n\r\nok\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "192.0.2.1:8080",
                "deploys.example.evil.example",
                "[::2]",
                ""
            })
    void otherHostsAreRefused(String host) throws IOException {
        assertThat(raw("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .doesNotContain("ok\n")
                .matches("(?s)HTTP/1.1 4(21|00) .*");
    }

    @Test
    void hostInTheRequestLineCountsToo() throws IOException {
        assertThat(raw("GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .doesNotContain("ok\n");
    }

    @Test
    void whatIsNotHttpIsRefusedInAFewWords() throws IOException {
        assertThat(raw("GET /healthz\tHTTP/9\r\n\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .endsWith("\r\n\r\nBad Request\n")
                .doesNotContain("Server:");
    }

    @Test
    void headersHaveALimit() throws IOException {
        assertThat(raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\nCookie: " + "x".repeat(9000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ")
                .endsWith("\r\n\r\nRequest Header Fields Too Large\n");
    }

    @Test
    void stopsThoughAConnectionIsOpen() throws IOException {
        try (Socket socket = connect()) {
            String request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            StringBuilder answer = new StringBuilder();
            while (!answer.toString().endsWith("ok\n")) {
                answer.append((char) socket.getInputStream().read());
            }
            socket.getOutputStream().write("GET /healthz HTTP/1.1\r\nHost: loc".getBytes(US_ASCII));

            server.stop();

            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                    .doesNotContain("ok\n");
        }
    }

    private static void assertAnswer(HttpResponse<String> answer, int status, String body) {
        assertThat(answer.body()).isEqualTo(body);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/plain; charset=utf-8");
        assertThat(answer.headers().map()).doesNotContainKey("Server");
    }

    private Socket connect() throws IOException {
        URI address = URI.create(server.webPage());
        Socket socket = new Socket(address.getHost(), address.getPort());
        socket.setSoTimeout(LIMIT_MILLIS);
        return socket;
    }

    /** Sends this and returns everything that comes until the server hangs up. */
    private String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        }
    }
}
