package io.deploytail.server.web;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Server-sent events, as in <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">the HTML
 * standard</a>. A browser whose connection is cut comes again after a second, with the id of the last event.
 */
abstract class EventStream extends PacedResponse {
    private static final String RETRY_AFTER_A_SECOND = "retry: 1000\n\n";

    private final Exchange exchange;
    private final long heartbeatNanos;
    private final Consumer<PacedResponse> onClosed;

    private long lastSentNanos = System.nanoTime();

    /**
     * A stream that is yet to be started.
     *
     * @param heartbeatInterval after how long without an event a heartbeat is due
     * @param onClosed is run when nothing more will be sent
     */
    EventStream(Exchange exchange, Executor executor, Duration heartbeatInterval, Consumer<PacedResponse> onClosed) {
        super(exchange, executor);
        this.exchange = exchange;
        this.heartbeatNanos = heartbeatInterval.toNanos();
        this.onClosed = onClosed;
    }

    /** Asks to be rung when there is news. */
    abstract void subscribe();

    abstract void unsubscribe();

    /** Begins to send. */
    final void start() {
        exchange.with("Cache-Control", "no-store")
                .with("X-Accel-Buffering", "no")
                .begin(200, "text/event-stream");
        add(RETRY_AFTER_A_SECOND); // and the headers go out at once
        subscribe(); // before the first look, or a change is missed
        begin();
    }

    @Override
    final void closed() {
        unsubscribe();
        onClosed.accept(this);
    }

    /** @param data one line or several */
    final void send(String event, String data) {
        add("event: " + event + "\n");
        data.lines().forEach(line -> add("data: " + line + "\n"));
        add(data.isEmpty() ? "data:\n\n" : "\n");
        lastSentNanos = System.nanoTime();
    }

    /** @param id with which the browser comes again if this is the last event that it gets */
    final void send(String event, String data, long id) {
        add("id: " + id + "\n");
        send(event, data);
    }

    final boolean isHeartbeatDue() {
        return System.nanoTime() - lastSentNanos >= heartbeatNanos;
    }
}
