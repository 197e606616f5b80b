package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/** There is no deployment with this id; it may have been deleted because of its age. */
public final class DeploymentNotFoundException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    DeploymentNotFoundException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
