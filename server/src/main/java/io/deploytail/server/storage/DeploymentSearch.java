package io.deploytail.server.storage;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentPage;
import io.deploytail.server.deployment.DeploymentQuery;
import io.deploytail.server.deployment.DeploymentState;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Finds the deployments that match a query, newest first, by leaping: each filter is asked, through its index, for the
 * newest number that it lets pass up to some number; the others are then asked up to that answer, until all agree. So
 * the rarest filter sets the pace. Filters that are each common but hardly ever agree would make it leap through the
 * whole history: after so many questions the page ends, short or even empty, and the next one goes on from there. A
 * target and states are one filter, with an index of their own, as people ask for these together. Only a range of times
 * costs a walk over the index entries in it, 0.1 us each, as the clock may have been set back and so the order of times
 * is not quite the order of numbers.
 *
 * <p>Confined to one read.
 */
final class DeploymentSearch {
    /** Lets some deployments pass. */
    private interface Filter {
        /** The greatest number up to this one of a deployment that passes; {@link #NONE} if there is none. */
        long newestUpTo(long number) throws SQLException;
    }

    private static final long NONE = 0; // the numbers begin at 1

    private static final String ANY = """
            SELECT deployment_no FROM deployments WHERE deployment_no <= ? ORDER BY deployment_no DESC LIMIT 1""";

    private static final String TARGET = """
            SELECT deployment_no FROM deployments
            WHERE deployment_no <= ? AND target = ? ORDER BY deployment_no DESC LIMIT 1""";

    private static final String STATE = """
            SELECT deployment_no FROM deployments
            WHERE deployment_no <= ? AND state = ? ORDER BY deployment_no DESC LIMIT 1""";

    private static final String TARGET_AND_STATE = """
            SELECT deployment_no FROM deployments
            WHERE deployment_no <= ? AND target = ? AND state = ? ORDER BY deployment_no DESC LIMIT 1""";

    private static final String LABEL = """
            SELECT deployment_no FROM deployment_labels
            WHERE deployment_no <= ? AND name = ? AND value = ? ORDER BY deployment_no DESC LIMIT 1""";

    private static final String TARGETS = """
            SELECT deployment_no, target FROM deployments
            WHERE deployment_no <= ? ORDER BY deployment_no DESC LIMIT ?""";

    /** The span of numbers is known, so the first row nearly always passes. The + keeps SQLite from sorting by time. */
    private static final String CREATED = """
            SELECT deployment_no FROM deployments
            WHERE deployment_no <= ? AND deployment_no >= ? AND +create_time >= ? AND +create_time < ?
            ORDER BY deployment_no DESC LIMIT 1""";

    private static final String CREATED_SPAN = """
            SELECT min(deployment_no), max(deployment_no) FROM deployments
            WHERE create_time >= ? AND create_time < ?""";

    /** In characters: a page of very long deployments ends early, so that it fits into memory and into a message. */
    private static final long MAX_LENGTH = 512 << 10;

    /** In questions to an index, some 3 us each. Far more than one number takes, so that each page makes progress. */
    private static final int MAX_QUESTIONS = 2000;

    /** What a look at so many rows in their order costs, compared to a question: less than that. */
    private static final int ROWS_PER_QUESTION = 50;

    private static final int MAX_ROWS_AT_ONCE = 5000;

    private static final String BEFORE_ALL_TIMES = "";
    private static final String AFTER_ALL_TIMES = "~";

    private final Session session;
    private final DeploymentQuery query;
    private final List<Filter> filters = new ArrayList<>();
    private long start;
    private int questions;

    DeploymentSearch(Session session, DeploymentQuery query) throws SQLException {
        this.session = session;
        this.query = query;
        this.start = query.before().isPresent() ? query.before().getAsLong() - 1 : Long.MAX_VALUE - 1;
        if (!query.states().isEmpty()) {
            filters.add(this::newestInStates);
        } else if (!query.target().isEmpty()) {
            filters.add(number -> newest(TARGET, number, query.target()));
        }
        query.labels().forEach((name, value) -> filters.add(number -> newest(LABEL, number, name, value)));
        if (query.createdFrom().isPresent() || query.createdBefore().isPresent()) {
            addTimeFilter();
        }
        if (!query.visible().isAll() && query.target().isEmpty()) {
            filters.add(this::newestThatMayBeVisible);
        }
        if (filters.isEmpty()) {
            filters.add(number -> newest(ANY, number));
        }
    }

    /** The page, and whether another one follows it. */
    DeploymentPage page() throws SQLException {
        if (!query.target().isEmpty() && !query.visible().include(query.target())) {
            return new DeploymentPage(List.of(), OptionalLong.empty(), Changes.last(session));
        }
        List<Deployment> page = new ArrayList<>();
        long number = newestInAll(start);
        long length = 0;
        while (number != NONE && questions < MAX_QUESTIONS && page.size() < query.pageSize() && length < MAX_LENGTH) {
            Deployment deployment = DeploymentRows.get(session, number);
            if (query.visible().include(deployment.target())) {
                page.add(deployment);
                length += deployment.toString().length();
            }
            number = newestInAll(number - 1);
        }
        return new DeploymentPage(
                page, number == NONE ? OptionalLong.empty() : OptionalLong.of(number + 1), Changes.last(session));
    }

    /** The newest number that passes all filters. If that takes too many questions, a greater one: none between passes. */
    private long newestInAll(long bound) throws SQLException {
        long number = bound;
        int agreed = 0;
        for (int i = 0; agreed < filters.size() && questions < MAX_QUESTIONS; i = (i + 1) % filters.size()) {
            long newest = filters.get(i).newestUpTo(number);
            if (newest == NONE) {
                return NONE;
            }
            agreed = newest == number ? agreed + 1 : 1;
            number = newest;
        }
        return number;
    }

    private long newestInStates(long number) throws SQLException {
        long newest = NONE;
        for (DeploymentState state : query.states()) {
            newest = Math.max(
                    newest,
                    query.target().isEmpty()
                            ? newest(STATE, number, state.name())
                            : newest(TARGET_AND_STATE, number, query.target(), state.name()));
        }
        return newest;
    }

    /** No index knows patterns, so this looks at row after row: at some thousand, and then at the last of them it gives up. */
    private long newestThatMayBeVisible(long number) throws SQLException {
        long[] last = {NONE, 0};
        session.walk(
                TARGETS,
                row -> {
                    last[0] = row.getLong(1);
                    last[1]++;
                    return !query.visible().include(row.getString(2));
                },
                number,
                MAX_ROWS_AT_ONCE);
        questions += 1 + (int) last[1] / ROWS_PER_QUESTION;
        return last[0];
    }

    private void addTimeFilter() throws SQLException {
        String from = query.createdFrom().map(TimeText::atOrAfter).orElse(BEFORE_ALL_TIMES);
        String before = query.createdBefore().map(TimeText::atOrAfter).orElse(AFTER_ALL_TIMES);
        long[] span = session.first(CREATED_SPAN, row -> new long[] {row.getLong(1), row.getLong(2)}, from, before)
                .orElseThrow();
        start = Math.min(start, span[1]);
        filters.add(number -> newest(CREATED, number, span[0], from, before));
    }

    private long newest(String sql, Object... values) throws SQLException {
        questions++;
        return session.first(sql, row -> row.getLong(1), values).orElse(NONE);
    }
}
