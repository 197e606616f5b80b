package io.deploytail.server.deployment;

/** What has become of a deployment. */
public sealed interface DeploymentChange {
    /** The change's place in the order of all changes, from 1 on. */
    long number();

    /**
     * It was recorded, started, moved in the line of its target, told to end, or ended.
     *
     * @param deployment as it is now, which may be later than this change
     */
    record Changed(long number, Deployment deployment) implements DeploymentChange {}

    /** It was deleted. */
    record Deleted(long number, DeploymentId id) implements DeploymentChange {}
}
