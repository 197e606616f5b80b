package io.deploytail.server.deployment;

import java.time.Instant;

/**
 * The end of a deployment that is still to be told.
 *
 * @param number the deployment's
 * @param failures how often it could not be told
 * @param text what is told: one line, without its end
 */
public record EndNotice(
        long number, DeploymentId deploymentId, Instant endTime, int failures, Instant nextAttempt, String text) {}
