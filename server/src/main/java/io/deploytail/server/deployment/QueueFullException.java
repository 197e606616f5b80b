package io.deploytail.server.deployment;

import java.time.Duration;

/** As many deployments wait as may; nothing was recorded. */
public final class QueueFullException extends LimitReachedException {
    private static final long serialVersionUID = 1;

    /** Commands take as long as they take. */
    private static final Duration RETRY = Duration.ofSeconds(5);

    public QueueFullException(int maxQueued) {
        super("the queue is full: " + maxQueued + " deployments are waiting; retry later", RETRY);
    }
}
