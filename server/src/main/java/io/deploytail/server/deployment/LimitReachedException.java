package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** There is as much of something as there may be; nothing was done. */
public class LimitReachedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Duration retryAfter;

    /**
     * @param message what there is too much of, and how much may be
     * @param retryAfter when it may be worth trying again
     */
    public LimitReachedException(String message, Duration retryAfter) {
        super(message);
        this.retryAfter = requireNonNull(retryAfter);
    }

    /** After how long it may be worth trying again. */
    public Duration retryAfter() {
        return retryAfter;
    }
}
