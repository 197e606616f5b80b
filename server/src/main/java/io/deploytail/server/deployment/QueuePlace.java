package io.deploytail.server.deployment;

import java.util.Optional;

/**
 * The place of a queued deployment.
 *
 * @param position 1 for the next in its target's line
 * @param holder the deployment that runs on its target; empty when it only waits for a free place
 */
public record QueuePlace(int position, Optional<DeploymentId> holder) {}
