package io.deploytail.server.deployment;

import java.util.List;

/**
 * Changes in their order, each deployment's newest only.
 *
 * @param upTo the number of the last change that is in here or before it: where to go on
 */
public record DeploymentChanges(List<DeploymentChange> changes, long upTo) {
    public DeploymentChanges {
        changes = List.copyOf(changes);
    }
}
