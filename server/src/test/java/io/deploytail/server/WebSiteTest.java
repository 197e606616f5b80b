package io.deploytail.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.Deployment;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the web page's addresses answer. */
class WebSiteTest {
    private static final int LIMIT_SECONDS = 30;

    private final HttpClient client = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(
                directory.resolve("data"),
                "--web",
                "127.0.0.1:0",
                "--web-host",
                "deploys.example",
                "--log-limit",
                "1MiB");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void pageMayRunAndLoadNothingButItsOwn() throws Exception {
        HttpResponse<String> page = get("");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(page.headers().map()).doesNotContainKey("server");
        assertThat(page.body()).doesNotContain("http://", "https://", "<script>", " style=");
        for (String asset : List.of("htmx.js", "sse.js", "clock.js", "page.css", "failed.svg")) {
            HttpResponse<String> first = get("assets/" + asset);
            assertThat(first.statusCode()).as(asset).isEqualTo(200);
            String tag = first.headers().firstValue("ETag").orElseThrow();
            assertThat(send(request("assets/" + asset).header("If-None-Match", tag))
                            .statusCode())
                    .isEqualTo(304);
        }
    }

    @Test
    void whatACallerWroteIsShownAsItStands() throws Exception {
        Deployment deployment = server.awaitEnd(server.run("sh", "-c", "exit 0", "<b>&\"'"));

        assertThat(get("").body()).contains("&lt;b&gt;&amp;").doesNotContain("<b>");
        assertThat(page(deployment, "").body()).contains("&lt;b&gt;&amp;").doesNotContain("<b>");
        assertThat(get("?target=%22%3E%3Cscript%3E").body()).doesNotContain("\"><script>");
    }

    @Test
    void rawLogIsWhatWasWrittenAndCanBeHadInPart() throws Exception {
        Deployment deployment = server.awaitEnd(server.shell("printf 'one\\ntwo\\n\\377three'"));
        byte[] all = {'o', 'n', 'e', '\n', 't', 'w', 'o', '\n', (byte) 0xFF, 't', 'h', 'r', 'e', 'e'};

        assertThat(bytes(log(deployment)).body()).isEqualTo(all);
        assertThat(bytes(log(deployment)).headers().firstValueAsLong("Content-Length"))
                .hasValue(14);
        assertPart(deployment, "bytes=4-6", 206, "bytes 4-6/14", "two");
        assertPart(deployment, "bytes=9-", 206, "bytes 9-13/14", "three");
        assertPart(deployment, "bytes=-5", 206, "bytes 9-13/14", "three");
        assertPart(deployment, "bytes=12-999", 206, "bytes 12-13/14", "ee");
        assertThat(bytes(log(deployment).header("Range", "bytes=14-")).statusCode())
                .isEqualTo(416);
        assertThat(bytes(log(deployment).header("Range", "lines=1-2")).body()).isEqualTo(all);
        assertThat(bytes(log(deployment).method("HEAD", HttpRequest.BodyPublishers.noBody()))
                        .body())
                .isEmpty();
        assertThat(page(deployment, "/log?download")
                        .headers()
                        .firstValue("Content-Disposition")
                        .orElseThrow())
                .isEqualTo("attachment; filename=\"" + deployment.getDeploymentId() + ".log\"");
    }

    @Test
    void missingBytesHaveALineInTheRawLogAndAPlaceInThePage() throws Exception {
        Deployment deployment = server.awaitEnd(server.shell(NumberedLines.command(0, 150_000)));

        String log = page(deployment, "/log").body();
        assertThat(log)
                .containsPattern("\n\\[\\d+ bytes of the log are missing here: there were more than are kept]\n");
        assertThat(page(deployment, "/log").headers().map()).doesNotContainKey("accept-ranges");
        assertThat(walkBack(deployment)).isEqualTo(log);
        JsonObject line = json(page(deployment, "/log/slice?line=150000").body());
        assertThat(text(line)).endsWith(String.format("%015d%n", 149_999));
    }

    @Test
    void partsOfALogJoinWhicheverWayTheyAreRead() throws Exception {
        Deployment deployment = server.awaitEnd(
                server.shell("seq 1 3000; head -c 700000 /dev/zero | tr '\\0' x; echo; seq 3001 4500; printf end"));
        String all = server.text(deployment);

        assertThat(walkBack(deployment)).isEqualTo(all);
        StringBuilder forwards = new StringBuilder();
        long cursor = 0;
        while (cursor < all.length()) {
            JsonObject slice =
                    json(page(deployment, "/log/slice?after=" + cursor).body());
            assertThat(slice.get("line").getAsLong())
                    .isEqualTo(all.substring(0, (int) cursor)
                                    .chars()
                                    .filter(c -> c == '\n')
                                    .count()
                            + 1);
            forwards.append(text(slice));
            cursor = slice.get("end").getAsLong();
        }
        assertThat(forwards).hasToString(all);
    }

    /** A page takes the stream from there on, and would wait for ever for what lies between. */
    @Test
    void tailOfALogThatGrowsReachesToTheEndThatItTells() throws Exception {
        Deployment deployment = server.shell("i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done");
        boolean isOver = false;
        while (!isOver) {
            JsonObject slice = json(page(deployment, "/log/slice?tail").body());
            assertThat(slice.get("end")).isEqualTo(slice.get("size"));
            isOver = text(slice).endsWith("\n19999\n");
        }
        server.awaitEnd(deployment);
    }

    @Test
    void textIsFoundInBothDirectionsInEitherCaseAlsoAcrossPieces() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment =
                server.shell("seq 1 1000; printf 'the need'; " + go.await() + "; echo 'LE is here'; seq 1 99");
        server.follow(deployment).awaitText("the need");
        go.open();
        server.awaitEnd(deployment);

        JsonObject down = find(deployment, "NEEDLE", 0, false);
        assertThat(down.get("line").getAsLong()).isEqualTo(1001);
        long offset = down.get("offset").getAsLong();
        assertThat(find(deployment, "needle", offset + 1, false).size()).isZero();
        assertThat(find(deployment, "needle", 999_999, true)).isEqualTo(down);
        assertThat(find(deployment, "needle", offset, true).size()).isZero();
        assertThat(find(deployment, "99", 999_999, true).get("line").getAsLong())
                .isEqualTo(1100);
        assertThat(page(deployment, "/log/find?text=").statusCode()).isEqualTo(400);
        assertThat(page(deployment, "/log/find?text=" + "x".repeat(201)).statusCode())
                .isEqualTo(400);
    }

    @Test
    void streamGoesOnBehindTheLastEventThatTheBrowserHas() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("echo one; echo two; " + go.await() + "; echo three");
        server.follow(deployment).awaitText("one\ntwo\n");
        HttpRequest request = request("deployments/" + deployment.getDeploymentId() + "/events?from=0")
                .header("Last-Event-ID", "4")
                .build();

        List<String> events = new ArrayList<>();
        HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("id: ") || line.startsWith("event: ") || line.startsWith("data: {")) {
                    events.add(line.replaceAll("\"time\":\\d+,", ""));
                }
                if (line.contains("two\\n")) {
                    go.open();
                }
            }
        }

        assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
        assertThat(events)
                .filteredOn(line -> !line.equals("event: heartbeat"))
                .containsSubsequence(
                        "event: deployment",
                        "id: 8",
                        "event: chunk",
                        "data: {\"text\":\"two\\n\",\"next\":8}",
                        "id: 14",
                        "event: chunk",
                        "data: {\"text\":\"three\\n\",\"next\":14}",
                        "event: deployment",
                        "event: end");
        assertThat(page(deployment, "/events?from=15").statusCode()).isEqualTo(400);
    }

    @Test
    void cancelFromAnotherSiteIsRefused() throws Exception {
        Deployment deployment = server.shell("sleep 1000");

        assertThat(cancel(deployment).statusCode()).isEqualTo(403);
        assertThat(cancel(deployment, "Sec-Fetch-Site", "cross-site", "HX-Request", "true")
                        .statusCode())
                .isEqualTo(403);
        assertThat(cancel(deployment, "Sec-Fetch-Site", "same-site", "HX-Request", "true")
                        .statusCode())
                .isEqualTo(403);
        assertThat(page(deployment, "/cancel").statusCode()).isEqualTo(405);
        assertThat(server.get(deployment.getDeploymentId()).hasCancelTime()).isFalse();

        assertThat(cancel(deployment, "Sec-Fetch-Site", "same-origin", "HX-Request", "true")
                        .statusCode())
                .isEqualTo(200);
        server.awaitEnd(deployment);
    }

    @Test
    void whatIsNotThereIsNotFoundAndSaysSo() throws Exception {
        Deployment deployment = server.awaitEnd(server.run("true"));
        server.stub()
                .deleteDeployment(DeleteDeploymentRequest.newBuilder()
                        .setDeploymentId(deployment.getDeploymentId())
                        .build());

        assertThat(get("nothing").statusCode()).isEqualTo(404);
        assertThat(get("assets/../pom.xml").statusCode()).isIn(400, 404);
        assertThat(get("deployments/xyz").statusCode()).isEqualTo(404);
        assertThat(page(deployment, "").statusCode()).isEqualTo(404);
        assertThat(page(deployment, "").body()).contains("was deleted at");
        assertThat(page(deployment, "/log").statusCode()).isEqualTo(404);
        assertThat(send(request("").method("DELETE", HttpRequest.BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(405);
        assertThat(get("?before=x").statusCode()).isEqualTo(400);
        assertThat(get("?state=odd").body()).contains("There is no state 'odd'.");
    }

    @Test
    void listHasPagesAndFiltersByLabel() throws Exception {
        for (int i = 0; i < 55; i++) {
            server.awaitEnd(server.run("true"));
        }
        String first = get("").body();
        assertThat(first.split("class=\"command\"", -1)).hasSize(51);
        String older = first.replaceAll("(?s).*<a href=\"./([^\"]*)\">Older.*", "$1");
        assertThat(get(older.replace("&amp;", "&")).body().split("class=\"command\"", -1))
                .hasSize(6);
        assertThat(get("?label=team%3Dnone").body()).contains("No such deployments");
        assertThat(get("?label=team").body()).contains("name=value");
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.webPage() + path)).timeout(Duration.ofSeconds(LIMIT_SECONDS));
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<byte[]> bytes(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofByteArray());
    }

    private HttpResponse<String> page(Deployment deployment, String rest) throws Exception {
        return get("deployments/" + deployment.getDeploymentId() + rest);
    }

    private HttpRequest.Builder log(Deployment deployment) {
        return request("deployments/" + deployment.getDeploymentId() + "/log");
    }

    private void assertPart(Deployment deployment, String range, int status, String contentRange, String text)
            throws Exception {
        HttpResponse<String> response = send(log(deployment).header("Range", range));
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Range")).contains(contentRange);
        assertThat(response.body()).isEqualTo(text);
    }

    /** The log as it comes together from its end to its beginning. */
    private String walkBack(Deployment deployment) throws Exception {
        JsonObject slice = json(page(deployment, "/log/slice?tail").body());
        StringBuilder all = new StringBuilder(text(slice));
        while (slice.get("start").getAsLong() > 0) {
            long start = slice.get("start").getAsLong();
            slice = json(page(deployment, "/log/slice?before=" + start).body());
            assertThat(slice.get("end").getAsLong()).isEqualTo(start);
            all.insert(0, text(slice));
        }
        return all.toString();
    }

    private static String text(JsonObject slice) {
        StringBuilder text = new StringBuilder();
        for (JsonElement each : slice.getAsJsonArray("pieces")) {
            JsonObject piece = each.getAsJsonObject();
            text.append(
                    piece.has("gap")
                            ? "\n[" + piece.get("gap").getAsString() + "]\n"
                            : piece.get("text").getAsString());
        }
        return text.toString();
    }

    private JsonObject find(Deployment deployment, String text, long from, boolean up) throws Exception {
        return json(page(deployment, "/log/find?text=" + text + "&from=" + from + "&up=" + up)
                .body());
    }

    private static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    private HttpResponse<String> cancel(Deployment deployment, String... headers) throws Exception {
        HttpRequest.Builder request = request("deployments/" + deployment.getDeploymentId() + "/cancel")
                .POST(HttpRequest.BodyPublishers.noBody());
        return send(headers.length == 0 ? request : request.headers(headers));
    }
}
