package io.deploytail.client;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One run of one command, as the server described it at one moment. It does not change by itself: ask again to learn
 * more.
 *
 * <p>Immutable.
 */
public final class Deployment {
    private final io.deploytail.v1.Deployment message;

    Deployment(io.deploytail.v1.Deployment message) {
        this.message = message;
    }

    /** The id: a UUID whose text sorts by time of creation. */
    public String id() {
        return message.getDeploymentId();
    }

    /** What is deployed; empty if the deployment has no target. */
    public Optional<String> target() {
        return nonEmpty(message.getTarget());
    }

    /** The program and its arguments. */
    public List<String> command() {
        return List.copyOf(message.getCommandList());
    }

    /** The directory the command starts in. */
    public String workingDirectory() {
        return message.getWorkingDirectory();
    }

    /** The labels it was started with. */
    public Map<String, String> labels() {
        return Map.copyOf(message.getLabelsMap());
    }

    /** Where it is in its life. */
    public DeploymentState state() {
        return DeploymentState.fromMessage(message.getState());
    }

    /** Why it ended; empty while it has not. */
    public Optional<EndReason> endReason() {
        return EndReason.fromMessage(message.getEndReason());
    }

    /** The command's own exit code, if it exited or could not be started. */
    public OptionalInt exitCode() {
        return message.hasExitCode() ? OptionalInt.of(message.getExitCode()) : OptionalInt.empty();
    }

    /** The number of the signal that ended the command, if one did. */
    public OptionalInt signal() {
        return message.hasSignal() ? OptionalInt.of(message.getSignal()) : OptionalInt.empty();
    }

    /** The end, or the wish to cancel, in a sentence for people. */
    public Optional<String> message() {
        return nonEmpty(message.getMessage());
    }

    /** When it was recorded. */
    public Instant createTime() {
        return ProtoTimes.toJava(message.getCreateTime());
    }

    /** When it began to run; empty while queued, and for ever when it never started. */
    public Optional<Instant> startTime() {
        return time(message.hasStartTime(), message.getStartTime());
    }

    /** When a cancel was recorded. */
    public Optional<Instant> cancelTime() {
        return time(message.hasCancelTime(), message.getCancelTime());
    }

    /** When it ended. */
    public Optional<Instant> endTime() {
        return time(message.hasEndTime(), message.getEndTime());
    }

    /** Whether it has ended, also in a state that this client does not know. */
    public boolean hasEnded() {
        return switch (state()) {
            case QUEUED, RUNNING -> false;
            case SUCCEEDED, FAILED, CANCELLED -> true;
            case UNKNOWN -> message.hasEndTime();
        };
    }

    /** The log's size in bytes, with those that are missing. */
    public long logSize() {
        return message.getLogSize();
    }

    /** How many of the log's bytes the server does not have: those in its gaps. */
    public long logMissingBytes() {
        return message.getLogMissingBytes();
    }

    /** The log's lines; an unfinished last line counts. */
    public long lineCount() {
        return message.getLineCount();
    }

    /** The CRC-32C of all that was ever stored of the log, as an unsigned number, once the deployment has ended. */
    public OptionalLong logCrc32c() {
        return message.hasLogCrc32C()
                ? OptionalLong.of(Integer.toUnsignedLong(message.getLogCrc32C()))
                : OptionalLong.empty();
    }

    /** Who started it, if callers have identities. */
    public Optional<String> startedBy() {
        return nonEmpty(message.getStartedBy());
    }

    /** The recipe that it was started by. */
    public Optional<String> recipe() {
        return nonEmpty(message.getRecipe());
    }

    /** What the recipe was filled in with. */
    public Map<String, String> parameters() {
        return message.getParametersMap();
    }

    /** Who cancelled it, if callers have identities. */
    public Optional<String> cancelledBy() {
        return nonEmpty(message.getCancelledBy());
    }

    /** How long it is expected to run, by the past of its target; empty if that has none. */
    public Optional<Duration> expectedDuration() {
        return message.hasExpectedDuration()
                ? Optional.of(ProtoTimes.toJava(message.getExpectedDuration()))
                : Optional.empty();
    }

    /** The place in line while queued, 1 for the next. */
    public OptionalInt queuePosition() {
        return message.getQueuePosition() > 0 ? OptionalInt.of(message.getQueuePosition()) : OptionalInt.empty();
    }

    /** The id of the deployment that holds the target while this one is queued. */
    public Optional<String> queueHolderId() {
        return nonEmpty(message.getQueueHolderId());
    }

    /** The API's message {@code Deployment} as one line of JSON, in the canonical mapping of protocol buffers. */
    public String toJson() {
        return MessageJson.line(message);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Deployment deployment && deployment.message.equals(message);
    }

    @Override
    public int hashCode() {
        return message.hashCode();
    }

    @Override
    public String toString() {
        return "Deployment " + id() + " " + state();
    }

    private static Optional<String> nonEmpty(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    private static Optional<Instant> time(boolean present, Timestamp time) {
        return present ? Optional.of(ProtoTimes.toJava(time)) : Optional.empty();
    }
}
