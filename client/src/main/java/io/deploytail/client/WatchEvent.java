package io.deploytail.client;

import java.time.Duration;

/** Something that happened on a {@link DeploymentWatch}. */
public sealed interface WatchEvent {
    /**
     * A deployment was recorded, started, moved in the line of its target, told to end, or ended.
     *
     * @param deployment as it is now
     */
    record Changed(Deployment deployment) implements WatchEvent {}

    /**
     * A deployment was deleted; it may be one that the watch would not have told of.
     *
     * @param deploymentId its id
     */
    record Deleted(String deploymentId) implements WatchEvent {}

    /** All that has changed so far was handed over. */
    record CaughtUp() implements WatchEvent {}

    /**
     * The stream was cut, and is resumed after a pause; nothing is missed.
     *
     * @param attempt how often in a row, 1 for the first time
     * @param pause how long until the next call
     * @param cause in a few words
     */
    record Resuming(int attempt, Duration pause, String cause) implements WatchEvent {}
}
