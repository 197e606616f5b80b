package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.DeploymentPage;
import io.deploytail.server.deployment.DeploymentState;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** A page of the list in the words of the pages. */
public final class DeploymentListView {
    private final ListFilter filter;
    private final DeploymentPage page;
    private final Instant now;
    private final Access access;

    DeploymentListView(ListFilter filter, DeploymentPage page, Instant now, Access access) {
        this.filter = requireNonNull(filter);
        this.page = requireNonNull(page);
        this.now = requireNonNull(now);
        this.access = requireNonNull(access);
    }

    public PageHead head() {
        return new PageHead(
                "Deployments",
                "",
                "running.svg",
                "",
                now.toEpochMilli(),
                access.caller().name());
    }

    public ListFilter filter() {
        return filter;
    }

    /** What is wrong with the filter; empty if nothing is. */
    public String problem() {
        return filter.problem();
    }

    public List<String> states() {
        return Arrays.stream(DeploymentState.values())
                .map(state -> state.name().toLowerCase(Locale.ROOT))
                .toList();
    }

    public List<DeploymentView> deployments() {
        return page.deployments().stream()
                .map(each -> new DeploymentView(each, now, access))
                .toList();
    }

    /** The query of the address of this page. */
    public String query() {
        return filter.address();
    }

    public boolean isOlderPage() {
        return filter.before().isPresent();
    }

    /** The query of the page with the newest. */
    public String newestQuery() {
        return filter.before(OptionalLong.empty()).address();
    }

    /** The query of the page with those that are next older; empty if there are none. */
    public String olderQuery() {
        return page.next().isPresent() ? filter.before(page.next()).address() : "";
    }
}
