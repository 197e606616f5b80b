package io.deploytail.server.deployment;

/**
 * How many deployments may be there at once.
 *
 * @param maxRunning at most this many run; at least 1
 * @param maxQueued at most this many wait; 0 means that none may wait
 */
public record Limits(int maxRunning, int maxQueued) {
    public Limits {
        if (maxRunning < 1 || maxQueued < 0) {
            throw new IllegalArgumentException("bad limits: " + maxRunning + " running, " + maxQueued + " queued");
        }
    }
}
