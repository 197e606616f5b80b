package io.deploytail.bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/** Web pages that are open on one deployment: what a browser's page asks for, and a check of what it gets. */
final class WebPages {
    private static final int LIMIT_SECONDS = 300;
    private static final String DATA = "data: ";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<CompletableFuture<Void>> ends = new ArrayList<>();
    private final List<CountDownLatch> attached = new ArrayList<>();

    /**
     * Opens one.
     *
     * @param page the address of the deployment's page
     * @param delays gets each line's delay, in nanoseconds
     */
    void open(URI page, LinePool pool, long lines, LongConsumer delays) {
        Page opened = new Page(new LineReader(pool, lines, delays));
        attached.add(opened.attached);
        CompletableFuture<HttpResponse<Void>> response = client.sendAsync(
                HttpRequest.newBuilder(URI.create(page + "/events?from=0")).build(),
                BodyHandlers.fromLineSubscriber(opened));
        ends.add(response.thenRun(opened::requireAll));
    }

    /** Waits until all have got something. */
    void awaitAttached() throws InterruptedException {
        for (CountDownLatch latch : attached) {
            if (!latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("not all pages could be opened");
            }
        }
    }

    /** Waits until all have come to the end, and fails if one has not got all lines. */
    void awaitEnds() throws Exception {
        CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new)).get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private static final class Page implements Flow.Subscriber<String> {
        private final LineReader reader;
        private final CountDownLatch attached = new CountDownLatch(1);

        Page(LineReader reader) {
            this.reader = reader;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            attached.countDown();
            if (line.startsWith(DATA + "{")) {
                long now = System.nanoTime();
                JsonObject piece =
                        JsonParser.parseString(line.substring(DATA.length())).getAsJsonObject();
                byte[] text = piece.get("text").getAsString().getBytes(StandardCharsets.UTF_8);
                reader.accept(text, text.length, now);
            }
        }

        @Override
        public void onError(Throwable failure) {
            // the response fails as well
        }

        @Override
        public void onComplete() {}

        void requireAll() {
            if (!reader.isComplete()) {
                throw new IllegalStateException("a page has not got all lines");
            }
        }
    }
}
