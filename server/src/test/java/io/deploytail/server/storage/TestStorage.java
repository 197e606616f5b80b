package io.deploytail.server.storage;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.LogAppender;
import io.deploytail.server.deployment.RequestDraft;

/** Shorthand for what the tests of this package have in common. */
final class TestStorage {
    static final Limits ROOMY = new Limits(1000, 1000);

    private TestStorage() {}

    /** A running deployment, with an empty log to append to. */
    static LogAppender newLog(SqliteStorage storage) {
        return newLog(storage, RequestDraft.plain());
    }

    static LogAppender newLog(SqliteStorage storage, RequestDraft request) {
        Deployment deployment = storage.deployments()
                .admit(DeploymentId.create(LogAppender.NOON), request.request(), "/srv", LogAppender.NOON, ROOMY)
                .deployment();
        return new LogAppender(storage.logs(), deployment);
    }
}
