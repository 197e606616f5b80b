package io.deploytail.server.deployment;

import java.util.List;
import java.util.OptionalLong;

/**
 * Deployments, newest first; fewer than asked for if their commands are very long.
 *
 * @param next the {@link DeploymentQuery#before} of the next page; empty if this was the last
 */
public record DeploymentPage(List<Deployment> deployments, OptionalLong next) {
    public DeploymentPage {
        deployments = List.copyOf(deployments);
    }
}
