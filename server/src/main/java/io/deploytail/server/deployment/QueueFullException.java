package io.deploytail.server.deployment;

/** As many deployments wait as may; nothing was recorded. */
public final class QueueFullException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public QueueFullException(int maxQueued) {
        super("the queue is full: " + maxQueued + " deployments are waiting; retry later");
    }
}
