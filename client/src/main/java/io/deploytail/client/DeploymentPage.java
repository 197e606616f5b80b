package io.deploytail.client;

import java.util.List;
import java.util.Optional;

/**
 * A page of deployments, newest first.
 *
 * @param deployments the page; it may be empty and another one still follow
 * @param nextPageToken what {@link DeploymentQuery#page} wants for the next page; empty if this is the last
 */
public record DeploymentPage(List<Deployment> deployments, Optional<String> nextPageToken) {
    public DeploymentPage {
        deployments = List.copyOf(deployments);
    }
}
