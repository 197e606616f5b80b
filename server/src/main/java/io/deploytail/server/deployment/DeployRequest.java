package io.deploytail.server.deployment;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A wish to run a command, as a caller sent it. {@link RequestRules} says whether it can be had.
 *
 * @param requestId the caller's idempotency key, unique among the requests that it has started; empty for none
 * @param target empty for none
 * @param secretEnv as {@code env}, but its values are kept out of the log as well
 * @param workingDirectory empty for the server's default
 * @param noQueue whether it is to be refused rather than queued
 * @param recipe the name of the recipe that says what to run; empty for none
 * @param parameters of the recipe
 * @param actor who sent it
 */
public record DeployRequest(
        String requestId,
        String target,
        List<String> command,
        Map<String, String> env,
        Map<String, String> secretEnv,
        String workingDirectory,
        Map<String, String> labels,
        Optional<Duration> timeout,
        Optional<Duration> silenceTimeout,
        boolean noQueue,
        String recipe,
        Map<String, String> parameters,
        Actor actor) {
    public DeployRequest {
        command = List.copyOf(command);
        env = Map.copyOf(env);
        secretEnv = Map.copyOf(secretEnv);
        labels = Map.copyOf(labels);
        parameters = Map.copyOf(parameters);
    }

    /** Says nothing of values that are secret. */
    @Override
    public String toString() {
        return "DeployRequest " + requestId + " of " + target;
    }

    /** The same, sent by this one. */
    DeployRequest by(Actor sender) {
        return new DeployRequest(
                requestId,
                target,
                command,
                env,
                secretEnv,
                workingDirectory,
                labels,
                timeout,
                silenceTimeout,
                noQueue,
                recipe,
                parameters,
                sender);
    }
}
