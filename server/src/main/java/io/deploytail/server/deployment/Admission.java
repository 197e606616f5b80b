package io.deploytail.server.deployment;

/**
 * The answer to a request for a deployment.
 *
 * @param deployment the one that was made, RUNNING or QUEUED, or the one that the same request made before
 * @param isNew whether this call made it
 */
public record Admission(Deployment deployment, boolean isNew) {}
