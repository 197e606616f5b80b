package io.deploytail.client;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The server does not take the request now: its queue is full, the caller has had as much as it may, or the deployment would
 * have to wait and is not to, or has not ended and so can't be deleted. Or the request is too large. Nothing was recorded or
 * changed.
 */
public final class RequestRefusedException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    private final @Nullable Duration retryAfter;

    RequestRefusedException(String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.retryAfter = retryAfter;
    }

    /** After how long it may be worth trying again; empty if the server does not say. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
