package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.DeploymentPage;
import io.deploytail.server.deployment.TargetPatterns;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The rows of lists: made once for all pages that show the same, however many are open. Thread-safe. */
final class SharedRows {
    private static final int MAX_FILTERS = 100;

    /** Logs grow without a change. */
    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

    private final Templates templates;
    private final Clock clock;
    private final Map<Shown, Rows> newest = new ConcurrentHashMap<>();

    SharedRows(Templates templates, Clock clock) {
        this.templates = requireNonNull(templates);
        this.clock = requireNonNull(clock);
    }

    /** The rows as they are now, or were a second ago at most if nothing has changed since. */
    Rows of(ListFilter filter, Access access) {
        if (newest.size() >= MAX_FILTERS) {
            newest.clear();
        }
        return newest.compute(
                new Shown(filter, access.caller().targets()), (shown, before) -> update(filter, access, before));
    }

    private Rows update(ListFilter filter, Access access, @Nullable Rows before) {
        if (before != null
                && System.nanoTime() - before.madeNanos < FRESH_NANOS
                && before.change == access.lastChange()) {
            return before;
        }
        return make(filter, access);
    }

    private Rows make(ListFilter filter, Access access) {
        DeploymentPage page = access.list(filter.query());
        String html = templates.rows(new DeploymentListView(filter, page, clock.instant(), access));
        return new Rows(page.lastChange(), System.nanoTime(), html);
    }

    /** What rows depend on, besides the time. */
    private record Shown(ListFilter filter, TargetPatterns targets) {}

    /**
     * Rows as they were.
     *
     * @param change the number of the last change that they show
     */
    record Rows(long change, long madeNanos, String html) {}
}
