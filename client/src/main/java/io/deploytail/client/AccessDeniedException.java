package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/** The server does not know the caller, or does not let it do this. */
public final class AccessDeniedException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    private final boolean isCallerKnown;

    AccessDeniedException(String message, boolean isCallerKnown, @Nullable Throwable cause) {
        super(message, cause);
        this.isCallerKnown = isCallerKnown;
    }

    /** Whether the server knows who calls, and that may not do this; if not, it does not know who calls. */
    public boolean isCallerKnown() {
        return isCallerKnown;
    }
}
