package io.deploytail.server.web;

import io.deploytail.server.deployment.DeploymentQuery;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.TargetPatterns;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Which deployments a page lists, as its address says.
 *
 * @param target empty for any
 * @param state a word for a {@link DeploymentState}; empty for any
 * @param label as {@code name=value}; empty for any
 * @param before the number of the deployment at which the page before ended; empty for the first page
 */
public record ListFilter(String target, String state, String label, OptionalLong before) {
    private static final int PAGE_SIZE = 50;

    /** @throws RefusedException if a number is none */
    static ListFilter of(Exchange exchange) {
        return new ListFilter(
                exchange.parameter("target").orElse("").strip(),
                exchange.parameter("state").orElse(""),
                exchange.parameter("label").orElse("").strip(),
                exchange.number("before").map(OptionalLong::of).orElse(OptionalLong.empty()));
    }

    /** What is wrong with it; empty if nothing is. */
    String problem() {
        if (!state.isEmpty() && stateOrNone().isEmpty()) {
            return "There is no state '" + state + "'.";
        }
        return label.isEmpty() || label.indexOf('=') > 0 ? "" : "A label is looked for as name=value.";
    }

    DeploymentQuery query() {
        int equals = label.indexOf('=');
        return new DeploymentQuery(
                target,
                stateOrNone().map(Set::of).orElse(Set.of()),
                equals > 0 ? Map.of(label.substring(0, equals), label.substring(equals + 1)) : Map.of(),
                Optional.empty(),
                Optional.empty(),
                before,
                PAGE_SIZE,
                TargetPatterns.ALL);
    }

    private Optional<DeploymentState> stateOrNone() {
        return Arrays.stream(DeploymentState.values())
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(state))
                .findFirst();
    }

    ListFilter before(OptionalLong number) {
        return new ListFilter(target, state, label, number);
    }

    /** The query of the address, with its question mark; empty if nothing is filtered. */
    String address() {
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        add(query, "target", target);
        add(query, "state", state);
        add(query, "label", label);
        before.ifPresent(number -> add(query, "before", Long.toString(number)));
        return query.toString();
    }

    private static void add(StringJoiner query, String name, String value) {
        if (!value.isEmpty()) {
            query.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
        }
    }
}
