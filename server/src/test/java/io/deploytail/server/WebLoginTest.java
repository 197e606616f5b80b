package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.Role;
import io.deploytail.server.security.CallerRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTP answers to those who say who they are, and to others, by a server that wants to know. */
class WebLoginTest {
    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private String token;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        Path file = directory.resolve("callers.json");
        token = new CallerRegistry(file).addToken("ops", Optional.of(Role.ADMIN), List.of());
        server = TestServer.start(directory.resolve("data"), "--web", "127.0.0.1:0", "--callers", file.toString());
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "events",
                "metrics",
                "deployments/01a1fdb9-0c22-778f-827c-827b7d4db884",
                "deployments/01a1fdb9-0c22-778f-827c-827b7d4db884/log",
                "deployments/01a1fdb9-0c22-778f-827c-827b7d4db884/events",
                "deployments/01a1fdb9-0c22-778f-827c-827b7d4db884/cancel",
                "anything"
            })
    void nothingIsToldToWhoIsNotKnown(String path) throws Exception {
        for (String method : List.of("GET", "POST")) {
            HttpRequest.Builder plain = request(path).method(method, BodyPublishers.noBody());
            assertThat(send(plain).statusCode()).as(method).isIn(401, 405);
            assertThat(send(plain.copy().header("Authorization", "Bearer dt_wrong"))
                            .statusCode())
                    .as(method)
                    .isIn(401, 405);
            assertThat(send(plain.copy().header("Cookie", "deploytail_token=dt_wrong"))
                            .statusCode())
                    .as(method)
                    .isIn(401, 405);
        }
        assertThat(send(request(path)).statusCode()).isEqualTo(401);
    }

    @Test
    void healthIsOpen() throws Exception {
        assertThat(send(request("healthz")).statusCode()).isEqualTo(200);
        assertThat(send(request("readyz")).statusCode()).isEqualTo(200);
    }

    @Test
    void tokenInTheHeaderOpensEverything() throws Exception {
        assertThat(send(request("").header("Authorization", "Bearer " + token)).statusCode())
                .isEqualTo(200);
        assertThat(send(request("metrics").header("authorization", "bearer " + token))
                        .statusCode())
                .isEqualTo(200);
        assertThat(send(request("").header("Authorization", "Basic " + token)).statusCode())
                .isEqualTo(401);
    }

    @Test
    void loginSetsACookieThatNoScriptAndNoOtherSiteCanUse() throws Exception {
        HttpResponse<String> answer = logIn("token=" + token + "&goal=");

        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Location")).contains("./");
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie)
                .contains("; HttpOnly", "; Secure", "; SameSite=Strict")
                .doesNotContain("Path");
        HttpRequest.Builder page = request("").header("Cookie", cookie.substring(0, cookie.indexOf(';')));
        assertThat(send(page).statusCode()).isEqualTo(200);

        HttpResponse<String> out = send(request("logout").POST(BodyPublishers.noBody()));
        assertThat(out.headers().firstValue("Set-Cookie").orElseThrow())
                .contains("=;")
                .contains("Max-Age=0");
    }

    @Test
    void loginLeadsNowhereElse() throws Exception {
        String id = "deployments/01a1fdb9-0c22-778f-827c-827b7d4db884";
        assertThat(logIn("token=" + token + "&goal=" + id).headers().firstValue("Location"))
                .contains("./" + id);
        for (String goal : List.of("//evil.example", "https://evil.example", "../x", "deployments/x\r\nA: b")) {
            assertThat(logIn("token=" + token + "&goal=" + URLEncoder.encode(goal, StandardCharsets.UTF_8))
                            .headers()
                            .firstValue("Location"))
                    .contains("./");
        }
    }

    @Test
    void loginFromAnotherSiteIsRefused() throws Exception {
        assertThat(send(login("token=" + token).header("Sec-Fetch-Site", "cross-site"))
                        .statusCode())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "token=", "token=dt_wrong", "token=%00", "%", "token=a%0d%0aSet-Cookie:x"})
    void formsThatSayNothingGoodLogNobodyIn(String form) throws Exception {
        HttpResponse<String> answer = logIn(form);

        assertThat(answer.statusCode()).isIn(400, 401);
        assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "events", "metrics", "login"})
    void cookieThatCannotBeReadIsNoFaultOfTheServer(String path) throws Exception {
        HttpResponse<String> answer =
                send(request(path).header("Cookie", "deploytail_token=dt_a\tb; deploytail_token=" + token));

        assertThat(answer.statusCode()).isIn(400, 405);
        assertThat(answer.body()).doesNotContain("cookie");
    }

    @Test
    void formThatIsTooLongIsRefused() throws Exception {
        assertThat(logIn("token=" + "a".repeat(100_000)).statusCode()).isEqualTo(400);
        assertThat(send(request("healthz")).statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> logIn(String form) throws IOException, InterruptedException {
        return send(login(form));
    }

    private HttpRequest.Builder login(String form) {
        return request("login")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "text/html")
                .POST(BodyPublishers.ofString(form));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.webPage()).resolve(path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
