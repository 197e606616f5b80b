package io.deploytail.server.grpc;

import com.google.protobuf.Timestamp;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.EndReason;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.v1.Deployment;
import java.time.Duration;
import java.time.Instant;

/** Turns what the domain says about a deployment into messages. */
final class DeploymentMessages {
    private DeploymentMessages() {}

    static Deployment toMessage(io.deploytail.server.deployment.Deployment deployment) {
        Deployment.Builder message = Deployment.newBuilder()
                .setDeploymentId(deployment.id().text())
                .setTarget(deployment.target())
                .addAllCommand(deployment.command())
                .setWorkingDirectory(deployment.workingDirectory())
                .putAllLabels(deployment.labels())
                .setState(toMessage(deployment.state()))
                .setMessage(deployment.message())
                .setCreateTime(toMessage(deployment.createTime()))
                .setLogSize(deployment.log().size())
                .setLogMissingBytes(deployment.log().missing())
                .setLineCount(deployment.log().lineCount())
                .setStartedBy(deployment.startedBy())
                .setCancelledBy(deployment.cancelledBy())
                .setRecipe(deployment.recipe())
                .putAllParameters(deployment.parameters());
        deployment.startTime().ifPresent(time -> message.setStartTime(toMessage(time)));
        deployment.cancelTime().ifPresent(time -> message.setCancelTime(toMessage(time)));
        deployment.endTime().ifPresent(time -> message.setEndTime(toMessage(time)));
        deployment.outcome().ifPresent(outcome -> addOutcome(message, outcome));
        if (deployment.state().isFinal()) {
            message.setLogCrc32C(deployment.log().crc32c());
        }
        deployment.queuePlace().ifPresent(place -> {
            message.setQueuePosition(place.position());
            place.holder().ifPresent(holder -> message.setQueueHolderId(holder.text()));
        });
        deployment.expectedDuration().ifPresent(duration -> message.setExpectedDuration(toMessage(duration)));
        return message.build();
    }

    private static void addOutcome(Deployment.Builder message, Outcome outcome) {
        message.setEndReason(toMessage(outcome.reason()));
        outcome.exitCode().ifPresent(message::setExitCode);
        outcome.signal().ifPresent(message::setSignal);
    }

    static Timestamp toMessage(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }

    static com.google.protobuf.Duration toMessage(Duration duration) {
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    private static Deployment.State toMessage(DeploymentState state) {
        return switch (state) {
            case QUEUED -> Deployment.State.STATE_QUEUED;
            case RUNNING -> Deployment.State.STATE_RUNNING;
            case SUCCEEDED -> Deployment.State.STATE_SUCCEEDED;
            case FAILED -> Deployment.State.STATE_FAILED;
            case CANCELLED -> Deployment.State.STATE_CANCELLED;
        };
    }

    private static Deployment.EndReason toMessage(EndReason reason) {
        return switch (reason) {
            case EXITED -> Deployment.EndReason.END_REASON_EXITED;
            case SIGNALLED -> Deployment.EndReason.END_REASON_SIGNALLED;
            case FAILED_TO_START -> Deployment.EndReason.END_REASON_FAILED_TO_START;
            case TIMED_OUT -> Deployment.EndReason.END_REASON_TIMED_OUT;
            case SILENT_TOO_LONG -> Deployment.EndReason.END_REASON_SILENT_TOO_LONG;
            case CANCELLED -> Deployment.EndReason.END_REASON_CANCELLED;
            case INTERRUPTED -> Deployment.EndReason.END_REASON_INTERRUPTED;
        };
    }
}
