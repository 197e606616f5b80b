package io.deploytail.client;

import java.util.List;
import java.util.Optional;

/**
 * A page of deployments, newest first.
 *
 * @param deployments the page; it may be empty and another one still follow
 * @param nextPageToken what {@link DeploymentQuery#page} wants for the next page; empty if this is the last
 * @param watchToken what {@link DeploytailClient#watch} wants to tell all that has changed since this page; empty from a
 *     server that knows no watch
 */
public record DeploymentPage(List<Deployment> deployments, Optional<String> nextPageToken, String watchToken) {
    public DeploymentPage {
        deployments = List.copyOf(deployments);
    }
}
