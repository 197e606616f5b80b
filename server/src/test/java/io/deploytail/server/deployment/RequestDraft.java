package io.deploytail.server.deployment;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A request for a test, which says only what the test is about. */
public record RequestDraft(
        String requestId,
        String target,
        List<String> command,
        Map<String, String> env,
        String workingDirectory,
        Map<String, String> labels,
        Optional<Duration> timeout,
        Optional<Duration> silenceTimeout,
        boolean noQueue) {
    /** Without a request id, a target or labels. */
    public static RequestDraft plain() {
        return new RequestDraft(
                "", "", List.of("./release.sh"), Map.of(), "", Map.of(), Optional.empty(), Optional.empty(), false);
    }

    public RequestDraft withId(String newId) {
        return new RequestDraft(
                newId, target, command, env, workingDirectory, labels, timeout, silenceTimeout, noQueue);
    }

    public RequestDraft on(String newTarget) {
        return new RequestDraft(
                requestId, newTarget, command, env, workingDirectory, labels, timeout, silenceTimeout, noQueue);
    }

    public RequestDraft running(String... newCommand) {
        return new RequestDraft(
                requestId,
                target,
                List.of(newCommand),
                env,
                workingDirectory,
                labels,
                timeout,
                silenceTimeout,
                noQueue);
    }

    public RequestDraft withEnv(Map<String, String> newEnv) {
        return new RequestDraft(
                requestId, target, command, newEnv, workingDirectory, labels, timeout, silenceTimeout, noQueue);
    }

    public RequestDraft in(String newDirectory) {
        return new RequestDraft(
                requestId, target, command, env, newDirectory, labels, timeout, silenceTimeout, noQueue);
    }

    public RequestDraft labelled(Map<String, String> newLabels) {
        return new RequestDraft(
                requestId, target, command, env, workingDirectory, newLabels, timeout, silenceTimeout, noQueue);
    }

    public RequestDraft within(Duration newTimeout) {
        return new RequestDraft(
                requestId,
                target,
                command,
                env,
                workingDirectory,
                labels,
                Optional.of(newTimeout),
                silenceTimeout,
                noQueue);
    }

    public RequestDraft silentFor(Duration newTimeout) {
        return new RequestDraft(
                requestId, target, command, env, workingDirectory, labels, timeout, Optional.of(newTimeout), noQueue);
    }

    public RequestDraft notQueued() {
        return new RequestDraft(
                requestId, target, command, env, workingDirectory, labels, timeout, silenceTimeout, true);
    }

    public DeployRequest request() {
        return new DeployRequest(
                requestId,
                target,
                command,
                env,
                Map.of(),
                workingDirectory,
                labels,
                timeout,
                silenceTimeout,
                noQueue,
                "",
                Map.of(),
                Actor.SERVER);
    }
}
