package io.deploytail.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.Role;
import io.deploytail.server.security.CallerRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What comes back for whatever is sent to the web page's port. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WebFuzzTest {
    private static final int LIMIT_MILLIS = 20_000;
    private static final int MAX_ANSWER = 1 << 20;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([0-9]{3})[ \r]");
    private static final Pattern INTERNALS = Pattern.compile("Exception|org\\.eclipse|io\\.deploytail|SQL|\tat ");

    /** A method and a version that Jetty does not know. */
    private static final Set<Integer> SERVER_ERRORS = Set.of(501, 505);

    private static final List<String> PARAMETERS = List.of(
            "before", "after", "line", "tail", "text", "from", "up", "state", "target", "label", "download", "x", "");

    private final List<String> ids = new ArrayList<>();

    private Path dataDir;
    private String token;
    private TestServer server;

    @BeforeAll
    void start(@TempDir Path directory) throws Exception {
        dataDir = directory;
        Path callers = directory.resolve("callers.json");
        token = new CallerRegistry(callers).addToken("ops", Optional.of(Role.ADMIN), List.of());
        server = TestServer.start(
                directory.resolve("data"),
                "--callers",
                callers.toString(),
                "--web",
                "127.0.0.1:0",
                "--log-limit",
                "1MiB");
        AsCaller ops = AsCaller.of(server.channel(), token);
        for (String script : List.of("true", "seq 1 2000; printf '\\377<b>é'", NumberedLines.command(0, 100_000))) {
            ids.add(ops.awaitEnd(ops.shell(script)).getDeploymentId());
        }
    }

    @AfterAll
    void stop() throws IOException {
        server.close();
    }

    @Test
    void everythingIsAnsweredAndNothingIsAFaultOfTheServer() throws Exception {
        Fuzz.run(chance -> {
            byte[] request = chance.oneIn(20) ? chance.bytes(chance.below(500)) : request(chance);

            String answer = send(request);

            Matcher status = STATUS.matcher(answer);
            if (!status.lookingAt()) {
                assertThat(answer).as("for %s", new String(request, ISO_8859_1)).isEmpty(); // hung up on
                return false;
            }
            int code = Integer.parseInt(status.group(1));
            if (code >= 500) {
                assertThat(code).as("for %s", new String(request, ISO_8859_1)).isIn(SERVER_ERRORS);
            }
            if (!answer.contains("Content-Type: text/javascript")) {
                assertThat(answer).doesNotContainPattern(INTERNALS).doesNotContain(dataDir.toString());
            }
            return code < 400;
        });
        assertThat(Web.get(server, "healthz").body()).isEqualTo("ok\n");
    }

    private byte[] request(Chance chance) {
        StringBuilder request = new StringBuilder();
        request.append(chance.oneIn(6) ? chance.oneOf("HEAD", "POST", "OPTIONS", "TRACE", "get", "PUT", "*") : "GET");
        request.append(' ').append(chance.oneIn(4) ? chance.mutated(address(chance)) : address(chance));
        request.append(' ')
                .append(chance.oneIn(20) ? chance.mutated("HTTP/1.1") : "HTTP/1.1")
                .append("\r\n");
        header(chance, request, "Connection", "close");
        header(chance, request, "Host", chance.oneIn(15) ? chance.mutated("localhost:80") : "localhost");
        if (!chance.oneIn(5)) {
            request.append(chance.oneIn(2) ? "Authorization: Bearer " : "Cookie: a=b; deploytail_token=")
                    .append(chance.oneIn(8) ? chance.mutated(token) : token)
                    .append("\r\n");
        }
        for (int headers = chance.below(4); headers > 0; headers--) {
            addAnyHeader(chance, request);
        }
        String body =
                chance.oneIn(8) ? "token=" + chance.oneOf(token, encoded(chance)) + "&goal=" + encoded(chance) : "";
        if (!body.isEmpty()) {
            header(chance, request, "Content-Type", "application/x-www-form-urlencoded");
            header(chance, request, "Content-Length", Integer.toString(body.length()));
        }
        byte[] bytes = request.append("\r\n").append(body).toString().getBytes(chance.oneIn(2) ? UTF_8 : ISO_8859_1);
        return chance.oneIn(10) ? chance.mutated(bytes) : bytes;
    }

    private String address(Chance chance) {
        String deployment = "/deployments/" + chance.oneOf(ids);
        String path = chance.oneOf(
                "/",
                "/events",
                "/login",
                "/logout",
                "/healthz",
                "/readyz",
                "/metrics",
                "/assets/page.css",
                "/assets/htmx.js",
                deployment,
                deployment + "/log",
                deployment + "/log/slice",
                deployment + "/log/find",
                deployment + "/events",
                deployment + "/cancel",
                "http://localhost" + deployment);
        StringBuilder address = new StringBuilder(path);
        for (int parameters = chance.below(4); parameters > 0; parameters--) {
            address.append(address.indexOf("?") < 0 ? '?' : '&')
                    .append(chance.oneOf(PARAMETERS))
                    .append(chance.oneOf("=", "=", "=", ""))
                    .append(chance.oneOf(
                            Long.toString(chance.number()), Integer.toString(chance.below(5000)), encoded(chance)));
        }
        return address.toString();
    }

    private static void addAnyHeader(Chance chance, StringBuilder request) {
        switch (chance.below(9)) {
            case 0 -> header(chance, request, "Last-Event-ID", Long.toString(chance.number()));
            case 1 -> header(chance, request, "Range", "bytes=" + chance.below(20) + "-" + chance.number());
            case 2 -> header(chance, request, "Range", "bytes=" + chance.number() + "-");
            case 3 -> header(chance, request, "Accept", "text/html");
            case 4 -> header(chance, request, "Sec-Fetch-Site", chance.oneOf("same-origin", "cross-site", "none"));
            case 5 -> header(chance, request, "HX-Request", "true");
            case 6 -> header(chance, request, "If-None-Match", "\"" + chance.plain(8) + "\"");
            case 7 ->
                header(chance, request, "Cookie", "deploytail_token=" + chance.text() + "; $Version=1; a=\"b\\\"");
            default -> header(chance, request, chance.oneOf("Transfer-Encoding", "Expect", "Upgrade"), chance.text());
        }
    }

    private static void header(Chance chance, StringBuilder request, String name, String value) {
        request.append(name).append(": ").append(chance.oneIn(15) ? chance.mutated(value) : value);
        request.append("\r\n");
    }

    private static String encoded(Chance chance) {
        return URLEncoder.encode(chance.text(), UTF_8);
    }

    /** What comes back; of a stream of events, the beginning. */
    private String send(byte[] request) throws IOException {
        URI address = URI.create(server.webPage());
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(LIMIT_MILLIS);
            socket.getOutputStream().write(request);
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            byte[] part = new byte[64 << 10];
            for (int length = in.read(part); length >= 0; length = in.read(part)) {
                answer.write(part, 0, length);
                if (answer.size() > MAX_ANSWER || answer.toString(ISO_8859_1).contains("text/event-stream")) {
                    break;
                }
            }
        } catch (SocketException e) {
            // hung up on before everything was sent
        }
        return answer.toString(ISO_8859_1);
    }
}
