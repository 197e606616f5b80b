package io.deploytail.server.deployment;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Which deployments to list, newest first.
 *
 * @param target empty for any
 * @param states empty for any
 * @param labels all of these must be there with these values
 * @param before only deployments with a {@link Deployment#number} below this: where the page before ended
 * @param pageSize how many at most
 * @param visible only deployments of these targets, whatever else is asked for
 */
public record DeploymentQuery(
        String target,
        Set<DeploymentState> states,
        Map<String, String> labels,
        Optional<Instant> createdFrom,
        Optional<Instant> createdBefore,
        OptionalLong before,
        int pageSize,
        TargetPatterns visible) {
    public DeploymentQuery {
        states = Set.copyOf(states);
        labels = Map.copyOf(labels);
    }

    /** The same, limited to what somebody may see. */
    DeploymentQuery visibleTo(TargetPatterns targets) {
        return new DeploymentQuery(target, states, labels, createdFrom, createdBefore, before, pageSize, targets);
    }
}
