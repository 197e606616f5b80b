package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/** There is no deployment with this id, or no longer: the message says when it was deleted, if it was not long ago. */
public final class DeploymentNotFoundException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    DeploymentNotFoundException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
