package io.deploytail.server.deployment;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A deployment as it stood at one moment.
 *
 * @param number its place in the order of creation, unique; the key that storage uses
 * @param target empty for none
 * @param workingDirectory absolute, never empty
 * @param timeout how long the command may run, from {@code startTime}
 * @param silenceTimeout how long it may go without output, from {@code startTime} or its last output
 * @param stop the recorded wish to end it
 * @param log what is committed of its log
 * @param queuePlace present while QUEUED
 * @param expectedDuration from start to end, by the past of its target
 * @param startedBy the name of the caller who started it; empty for none
 * @param recipe the name of the recipe that it was started by; empty for none
 * @param parameters what the recipe was filled in with
 */
public record Deployment(
        long number,
        DeploymentId id,
        String target,
        List<String> command,
        String workingDirectory,
        Map<String, String> labels,
        Optional<Duration> timeout,
        Optional<Duration> silenceTimeout,
        DeploymentState state,
        Instant createTime,
        Optional<Instant> startTime,
        Optional<Stop> stop,
        Optional<Instant> endTime,
        Optional<Outcome> outcome,
        LogExtent log,
        Optional<QueuePlace> queuePlace,
        Optional<Duration> expectedDuration,
        String startedBy,
        String recipe,
        Map<String, String> parameters) {
    public Deployment {
        command = List.copyOf(command);
        labels = Map.copyOf(labels);
        parameters = Map.copyOf(parameters);
    }

    /** When a cancel was recorded. */
    public Optional<Instant> cancelTime() {
        return stop.filter(wish -> wish.reason() == EndReason.CANCELLED).map(Stop::time);
    }

    /** The name of the caller who cancelled it; empty if nobody with a name did. */
    public String cancelledBy() {
        return stop.filter(wish -> wish.reason() == EndReason.CANCELLED)
                .map(Stop::by)
                .orElse("");
    }

    /** A sentence about the end or the wish for it; empty if there is nothing to say. */
    public String message() {
        return outcome.map(Outcome::message)
                .orElseGet(() -> stop.map(Stop::message).orElse(""));
    }
}
