package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.LogTail;
import io.deploytail.server.deployment.Tally;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Sends a page what becomes of a deployment: {@code deployment} with the summary as HTML when it changes, {@code chunk}
 * and {@code gap} with pieces of its log, {@code heartbeat}, and {@code end} when no more will come. The id of an event is
 * the log offset behind it, so a browser that was cut off goes on there.
 */
final class DeploymentEvents extends EventStream {
    private static final int MAX_CHUNK_BYTES = 64 << 10;

    private final Access deployments;
    private final Templates templates;
    private final Clock clock;
    private final Tally tally;
    private final DeploymentId id;
    private final Runnable onNews = this::ring;

    private Optional<Deployment> announced = Optional.empty();
    private volatile long cursor;

    /** @param from the log offset to begin at */
    DeploymentEvents(
            Exchange exchange,
            Executor executor,
            Duration heartbeatInterval,
            Consumer<PacedResponse> onClosed,
            Access deployments,
            Templates templates,
            Clock clock,
            Tally tally,
            DeploymentId id,
            long from) {
        super(exchange, executor, heartbeatInterval, onClosed);
        this.deployments = requireNonNull(deployments);
        this.templates = requireNonNull(templates);
        this.clock = requireNonNull(clock);
        this.tally = requireNonNull(tally);
        this.id = requireNonNull(id);
        this.cursor = from;
    }

    /** How many bytes of a log that grows are committed and not yet sent. */
    long lag() {
        return deployments
                .tail(id)
                .map(tail -> Math.max(0, tail.end() - cursor))
                .orElse(0L);
    }

    @Override
    Caller caller() {
        return deployments.caller();
    }

    @Override
    void subscribe() {
        deployments.followers().add(id, onNews);
    }

    @Override
    void unsubscribe() {
        deployments.followers().remove(id, onNews);
    }

    @Override
    boolean advance() {
        // One that was announced as running does not change until it has ended, and then it has no tail.
        Optional<LogTail> tail = announced
                .filter(seen -> seen.state() == DeploymentState.RUNNING)
                .flatMap(seen -> deployments.tail(id));
        if (tail.isPresent()) {
            Optional<LogDelta> live = tail.get().from(cursor, MAX_CHUNK_BYTES);
            if (live.isPresent()) {
                sendChunk(live.get().time(), live.get().bytes());
                return true;
            }
            if (tail.get().end() == cursor) {
                sendHeartbeatIfDue();
                return false;
            }
        }
        return advanceFromStore();
    }

    private boolean advanceFromStore() {
        LogSlice slice = deployments.read(id, cursor, MAX_CHUNK_BYTES);
        announceIfChanged(slice.deployment());
        if (!slice.isEmpty()) {
            if (slice.gap().isPresent()) {
                cursor = slice.end();
                send("gap", LogPieces.gap(slice.gap().get(), deployments.lineAt(id, cursor)), cursor);
            } else {
                sendChunk(slice.time(), slice.bytes());
            }
            return true;
        }
        if (slice.isLast()) {
            send("end", new DeploymentView(slice.deployment(), clock.instant(), deployments).ending());
            end();
        } else {
            sendHeartbeatIfDue();
        }
        return false;
    }

    private void sendChunk(Instant time, byte[] bytes) {
        long next = cursor + bytes.length;
        cursor = next;
        send("chunk", LogPieces.text(time, bytes, next), next);
        tally.sent(bytes.length);
    }

    private void announceIfChanged(Deployment deployment) {
        boolean isNews = announced
                .filter(seen ->
                        seen.state() == deployment.state() && seen.queuePlace().equals(deployment.queuePlace()))
                .isEmpty();
        if (isNews) {
            announced = Optional.of(deployment);
            send("deployment", templates.summary(new DeploymentView(deployment, clock.instant(), deployments)));
        }
    }

    private void sendHeartbeatIfDue() {
        if (isHeartbeatDue()) {
            send("heartbeat", "", cursor);
        }
    }
}
