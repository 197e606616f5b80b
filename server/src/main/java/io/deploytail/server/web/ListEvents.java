package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Deployments;
import io.deploytail.server.deployment.Wakeup;
import io.deploytail.server.deployment.Watchers;
import java.time.Clock;
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

    private final Deployments deployments;
    private final Watchers watchers;
    private final Templates templates;
    private final Clock clock;
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
            Consumer<EventStream> onClosed,
            Deployments deployments,
            Watchers watchers,
            Templates templates,
            Clock clock,
            ScheduledExecutorService timers,
            ListFilter filter) {
        super(exchange, executor, heartbeatInterval, onClosed);
        this.deployments = requireNonNull(deployments);
        this.watchers = requireNonNull(watchers);
        this.templates = requireNonNull(templates);
        this.clock = requireNonNull(clock);
        this.wakeup = new Wakeup(timers, onNews);
        this.filter = requireNonNull(filter);
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
        DeploymentListView list = new DeploymentListView(filter, deployments.list(filter.query()), clock.instant());
        seenChange = list.lastChange();
        sentNanos = System.nanoTime();
        String rows = templates.rows(list);
        if (!rows.equals(sent)) {
            sent = rows;
            send("rows", rows);
        } else if (isDue) {
            send("heartbeat", "");
        }
        return false;
    }
}
