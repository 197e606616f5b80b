package io.deploytail.server.deployment;

/** What has become of a deployment. */
public sealed interface DeploymentChange {
    /** The change's place in the order of all changes, from 1 on. */
    long number();

    /** The target of the deployment; empty for none. */
    String target();

    /**
     * It was recorded, started, moved in the line of its target, told to end, or ended.
     *
     * @param deployment as it is now, which may be later than this change
     */
    record Changed(long number, Deployment deployment) implements DeploymentChange {
        @Override
        public String target() {
            return deployment.target();
        }
    }

    /** It was deleted. */
    record Deleted(long number, DeploymentId id, String target) implements DeploymentChange {}
}
