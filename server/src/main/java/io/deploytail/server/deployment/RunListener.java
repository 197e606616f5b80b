package io.deploytail.server.deployment;

/** Is told what becomes of a run. Called on the run's thread, so it must be quick and must not throw. */
interface RunListener {
    /** More of the log is committed. */
    void onLogGrew(DeploymentId id);

    /** The end of the deployment is committed; this is its final form. */
    void onEnded(Deployment ended);
}
