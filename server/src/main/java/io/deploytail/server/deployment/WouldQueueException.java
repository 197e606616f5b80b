package io.deploytail.server.deployment;

import java.util.Optional;

/** The deployment would have to wait, and its caller does not want that. Nothing was recorded. */
public final class WouldQueueException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param holder the deployment that it would wait for; empty if it is as many as may run that are in its way */
    public WouldQueueException(String target, Optional<DeploymentId> holder) {
        super(holder.map(id -> "target '" + target + "' is held by deployment " + id + "; retry when that has ended")
                .orElse("as many deployments are running as may; retry later"));
    }
}
