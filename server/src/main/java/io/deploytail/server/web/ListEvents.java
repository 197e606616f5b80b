package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Wakeup;
import io.deploytail.server.deployment.Watchers;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/**
 * Sends a list its rows, as they are now and whenever they have changed, but not more often than a reader can see: so one
 * that comes again after a cut has missed nothing.
 */
final class ListEvents extends EventStream {
    private static final Duration MIN_INTERVAL = Duration.ofMillis(250);

    private final Access deployments;
    private final Watchers watchers;
    private final SharedRows rows;
    private final ListFilter filter;
    private final Runnable onNews = this::ring;
    private final Wakeup wakeup;

    private long seenChange = -1;
    private String sent = "";
    private long sentNanos = System.nanoTime() - MIN_INTERVAL.toNanos();

    ListEvents(
            Exchange exchange,
            Executor executor,
            Duration heartbeatInterval,
            Consumer<PacedResponse> onClosed,
            Access deployments,
            Watchers watchers,
            SharedRows rows,
            ScheduledExecutorService timers,
            ListFilter filter) {
        super(exchange, executor, heartbeatInterval, onClosed);
        this.deployments = requireNonNull(deployments);
        this.watchers = requireNonNull(watchers);
        this.rows = requireNonNull(rows);
        this.wakeup = new Wakeup(timers, onNews);
        this.filter = requireNonNull(filter);
    }

    @Override
    Caller caller() {
        return deployments.caller();
    }

    @Override
    void subscribe() {
        watchers.add(onNews);
    }

    @Override
    void unsubscribe() {
        watchers.remove(onNews);
    }

    @Override
    boolean advance() {
        boolean isDue = isHeartbeatDue(); // logs have grown, too
        if (deployments.lastChange() == seenChange && !isDue) {
            return false;
        }
        long waitNanos = sentNanos + MIN_INTERVAL.toNanos() - System.nanoTime();
        if (waitNanos > 0) {
            wakeup.in(Duration.ofNanos(waitNanos));
            return false;
        }
        SharedRows.Rows now = rows.of(filter, deployments);
        seenChange = now.change();
        sentNanos = System.nanoTime();
        if (!now.html().equals(sent)) {
            sent = now.html();
            send("rows", sent);
        } else if (isDue) {
            send("heartbeat", "");
        }
        return false;
    }
}
