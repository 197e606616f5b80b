package io.deploytail.server.grpc;

import com.google.protobuf.Timestamp;
import io.deploytail.server.deployment.Actor;
import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentQuery;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.InvalidRequestException;
import io.deploytail.server.deployment.RequestRules;
import io.deploytail.server.deployment.TargetPatterns;
import io.deploytail.server.deployment.UnknownDeploymentException;
import io.deploytail.server.deployment.Violation;
import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.WatchDeploymentsRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Turns requests into what the domain understands, and refuses those that have no meaning there. */
final class Requests {
    private static final int DEFAULT_PAGE_SIZE = 50;
    private static final int MAX_PAGE_SIZE = 1000;
    private static final int MAX_LABELS = 64;

    /** Beyond what any rule allows, and far from overflowing. */
    private static final long MANY_SECONDS = Duration.ofDays(1_000_000).toSeconds();

    private static final long MAX_NANOS = 999_999_999;

    private static final Violation NO_ID = new Violation("deployment_id", "must not be empty");

    private Requests() {}

    static DeploymentId deploymentId(String text) {
        if (text.isEmpty()) {
            throw new InvalidRequestException(List.of(NO_ID));
        }
        if (!DeploymentId.isValid(text)) {
            throw new UnknownDeploymentException(text);
        }
        return new DeploymentId(text);
    }

    static StreamLogsRequest checked(StreamLogsRequest request) {
        List<Violation> violations = new ArrayList<>();
        if (request.getFromOffset() < 0) {
            violations.add(new Violation("from_offset", "must not be negative"));
        }
        if (request.getTailLines() < 0) {
            violations.add(new Violation("tail_lines", "must not be negative"));
        }
        throwIfBroken(request.getDeploymentId(), violations);
        return request;
    }

    static WatchDeploymentsRequest checked(WatchDeploymentsRequest request) {
        List<Violation> violations = new ArrayList<>();
        String token = request.getResumeToken();
        if (!token.isEmpty() && !WatchToken.isValid(token)) {
            violations.add(new Violation("resume_token", "is not one that was given out"));
        }
        checkLabels(request.getLabelsCount(), violations);
        throwIfAny(violations);
        return request;
    }

    private static void checkLabels(int count, List<Violation> violations) {
        if (count > MAX_LABELS) {
            violations.add(new Violation("labels", "has " + count + " entries; may have at most " + MAX_LABELS));
        }
    }

    static CancelDeploymentRequest checked(CancelDeploymentRequest request) {
        throwIfBroken(request.getDeploymentId(), RequestRules.violationsOfCancelReason(request.getReason()));
        return request;
    }

    private static void throwIfBroken(String deploymentId, List<Violation> others) {
        List<Violation> violations = new ArrayList<>(others);
        if (deploymentId.isEmpty()) {
            violations.add(0, NO_ID);
        }
        throwIfAny(violations);
    }

    private static void throwIfAny(List<Violation> violations) {
        if (!violations.isEmpty()) {
            throw new InvalidRequestException(violations);
        }
    }

    static DeployRequest deployRequest(StartDeployRequest request) {
        return new DeployRequest(
                request.getRequestId(),
                request.getTarget(),
                request.getCommandList(),
                request.getEnvMap(),
                request.getSecretEnvMap(),
                request.getWorkingDirectory(),
                request.getLabelsMap(),
                request.hasTimeout() ? Optional.of(duration(request.getTimeout())) : Optional.empty(),
                request.hasSilenceTimeout() ? Optional.of(duration(request.getSilenceTimeout())) : Optional.empty(),
                request.getNoQueue(),
                request.getRecipe(),
                request.getParametersMap(),
                Actor.SERVER);
    }

    static DeploymentQuery query(ListDeploymentsRequest request) {
        List<Violation> violations = new ArrayList<>();
        Set<DeploymentState> states = EnumSet.noneOf(DeploymentState.class);
        boolean areStatesKnown = true;
        for (Deployment.State each : request.getStatesList()) {
            Optional<DeploymentState> state = state(each);
            state.ifPresent(states::add);
            areStatesKnown &= state.isPresent();
        }
        if (!areStatesKnown) {
            violations.add(new Violation("states", "has an unknown state"));
        }
        Optional<Instant> createdFrom = Optional.empty();
        Optional<Instant> createdBefore = Optional.empty();
        if (request.hasCreatedFrom()) {
            createdFrom = time("created_from", request.getCreatedFrom(), violations);
        }
        if (request.hasCreatedBefore()) {
            createdBefore = time("created_before", request.getCreatedBefore(), violations);
        }
        OptionalLong before = OptionalLong.empty();
        if (!request.getPageToken().isEmpty()) {
            before = PageToken.read(request);
            if (before.isEmpty()) {
                violations.add(new Violation("page_token", "is not one that was given out for these filters"));
            }
        }
        if (request.getPageSize() < 0 || request.getPageSize() > MAX_PAGE_SIZE) {
            violations.add(new Violation(
                    "page_size", "is " + request.getPageSize() + "; must be from 0 (the default) to " + MAX_PAGE_SIZE));
        }
        checkLabels(request.getLabelsCount(), violations);
        throwIfAny(violations);
        int pageSize = request.getPageSize() == 0 ? DEFAULT_PAGE_SIZE : request.getPageSize();
        return new DeploymentQuery(
                request.getTarget(),
                states,
                request.getLabelsMap(),
                createdFrom,
                createdBefore,
                before,
                pageSize,
                TargetPatterns.ALL);
    }

    /** A duration that no message should hold becomes one that no rule allows. */
    private static Duration duration(com.google.protobuf.Duration message) {
        long seconds = Math.max(-MANY_SECONDS, Math.min(MANY_SECONDS, message.getSeconds()));
        boolean isValid = Math.abs((long) message.getNanos()) <= MAX_NANOS
                && (message.getSeconds() == 0
                        || message.getNanos() == 0
                        || (message.getSeconds() < 0) == (message.getNanos() < 0));
        return isValid ? Duration.ofSeconds(seconds, message.getNanos()) : Duration.ZERO;
    }

    private static Optional<Instant> time(String field, Timestamp message, List<Violation> violations) {
        boolean isValid = message.getSeconds() >= -MANY_SECONDS // abs() knows none of the least number
                && message.getSeconds() <= MANY_SECONDS
                && message.getNanos() >= 0
                && message.getNanos() <= MAX_NANOS;
        if (!isValid) {
            violations.add(new Violation(field, "is not a valid time"));
            return Optional.empty();
        }
        return Optional.of(Instant.ofEpochSecond(message.getSeconds(), message.getNanos()));
    }

    private static Optional<DeploymentState> state(Deployment.State state) {
        return switch (state) {
            case STATE_QUEUED -> Optional.of(DeploymentState.QUEUED);
            case STATE_RUNNING -> Optional.of(DeploymentState.RUNNING);
            case STATE_SUCCEEDED -> Optional.of(DeploymentState.SUCCEEDED);
            case STATE_FAILED -> Optional.of(DeploymentState.FAILED);
            case STATE_CANCELLED -> Optional.of(DeploymentState.CANCELLED);
            case STATE_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
        };
    }
}
