package io.deploytail.server.deployment;

import java.util.List;
import java.util.OptionalLong;

/**
 * Deployments, newest first. They may be fewer than asked for, even none, and others still follow: if their commands are
 * very long, or if those that match are far between.
 *
 * @param next the {@link DeploymentQuery#before} of the next page; empty if this was the last
 * @param lastChange the number of the last change among all deployments that this page has seen
 */
public record DeploymentPage(List<Deployment> deployments, OptionalLong next, long lastChange) {
    public DeploymentPage {
        deployments = List.copyOf(deployments);
    }
}
