package io.deploytail.server.deployment;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A wish to run a command, as a caller sent it. {@link RequestRules} says whether it can be had.
 *
 * @param requestId the caller's idempotency key; empty for none
 * @param target empty for none
 * @param workingDirectory empty for the server's default
 * @param noQueue whether it is to be refused rather than queued
 */
public record DeployRequest(
        String requestId,
        String target,
        List<String> command,
        Map<String, String> env,
        String workingDirectory,
        Map<String, String> labels,
        Optional<Duration> timeout,
        Optional<Duration> silenceTimeout,
        boolean noQueue) {
    public DeployRequest {
        command = List.copyOf(command);
        env = Map.copyOf(env);
        labels = Map.copyOf(labels);
    }
}
