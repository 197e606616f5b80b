package io.deploytail.server.grpc;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.Deployments;
import io.deploytail.server.deployment.Doorbell;
import io.deploytail.server.deployment.InvalidRequestException;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.LogTail;
import io.deploytail.server.deployment.StoppingException;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends one follower its log at the follower's pace: history, what is live, and the end in one loop.
 *
 * <p>It is a cursor and a doorbell, and keeps no log bytes between turns. It takes bytes only while gRPC says that the
 * follower can, so a slow one costs nothing and holds nobody up. Whatever it sends is committed.
 *
 * <p>Thread-safe. Fields are confined to the doorbell's turns unless they are final or volatile.
 */
final class LogFollower {
    private static final int MAX_CHUNK_BYTES = 64 << 10;

    private final Deployments deployments;
    private final StreamLogsRequest request;
    private final DeploymentId id;
    private final ServerCallStreamObserver<StreamLogsResponse> call;
    private final SharedChunks chunks;
    private final long heartbeatNanos;
    private final Consumer<LogFollower> onClosed;
    private final Doorbell doorbell;
    private final Runnable onNews = this::ring;

    private volatile boolean isStopping;
    private volatile boolean isClosed;

    private @Nullable Deployment announced;
    private long cursor;
    private long presentEnd;
    private long lastSentNanos;

    /**
     * A follower that is yet to be started.
     *
     * @param executor runs the turns, which may block on storage
     * @param onClosed is run when nothing more will be sent
     * @throws InvalidRequestException if the request breaks rules
     */
    LogFollower(
            Deployments deployments,
            StreamLogsRequest request,
            ServerCallStreamObserver<StreamLogsResponse> call,
            SharedChunks chunks,
            Executor executor,
            Duration heartbeatInterval,
            Consumer<LogFollower> onClosed) {
        this.deployments = requireNonNull(deployments);
        this.request = Requests.checked(request);
        this.id = Requests.deploymentId(request.getDeploymentId());
        this.call = requireNonNull(call);
        this.chunks = requireNonNull(chunks);
        this.heartbeatNanos = heartbeatInterval.toNanos();
        this.onClosed = requireNonNull(onClosed);
        this.doorbell = new Doorbell(executor, this::takeTurn);
    }

    /**
     * Begins to follow. To be called once, while the call's handlers can still be set.
     *
     * @param bufferBytes how much may wait in memory for the follower to take it, and one chunk more
     */
    void start(int bufferBytes) {
        call.setOnReadyThreshold(bufferBytes);
        call.setOnReadyHandler(doorbell::ring);
        call.setOnCancelHandler(doorbell::ring);
        deployments.followers().add(id, onNews); // before the first look, or a change is missed
        doorbell.ring();
    }

    /** Looks whether there is something to send, if the follower can take it: as soon as it can, gRPC rings anyway. */
    void ring() {
        if (call.isReady()) {
            doorbell.ring();
        }
    }

    /** Sends what the follower can take at once, then tells it to come back. */
    void stop() {
        isStopping = true;
        doorbell.ring();
    }

    private void takeTurn() {
        try {
            while (!isClosed && !call.isCancelled() && call.isReady() && advance()) {
                // there may be more
            }
            if (!isClosed && call.isCancelled()) {
                leave();
            }
            if (!isClosed && isStopping) {
                throw new StoppingException("the server is stopping");
            }
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    /** Takes one step. False if there is nothing more to send for now, or ever. */
    private boolean advance() {
        Optional<LogTail> tail = liveTail();
        if (tail.isPresent()) {
            Optional<LogDelta> live = tail.get().from(cursor, MAX_CHUNK_BYTES);
            if (live.isPresent()) {
                sendChunk(chunks.of(live.get()));
                return true;
            }
            if (tail.get().end() == cursor) {
                sendHeartbeatIfDue();
                return false;
            }
        }
        return advanceFromStore();
    }

    /**
     * The log's newest bytes, if nothing but them can be news: a deployment that was announced as running does not
     * change until it has ended, and then it has no tail.
     */
    private Optional<LogTail> liveTail() {
        boolean onlyBytesCanChange =
                announced != null && announced.state() == DeploymentState.RUNNING && !request.getNoFollow();
        return onlyBytesCanChange ? deployments.tail(id) : Optional.empty();
    }

    private boolean advanceFromStore() {
        boolean isFirst = announced == null;
        if (isFirst) {
            cursor = request.hasTailLines()
                    ? deployments.tailOffset(id, request.getTailLines())
                    : request.getFromOffset();
        }
        LogSlice slice = deployments.read(id, cursor, MAX_CHUNK_BYTES);
        Deployment deployment = slice.deployment();
        if (isFirst) {
            presentEnd = deployment.log().size();
        }
        announceIfChanged(deployment);
        if (isFirst && request.hasTailLines()) {
            send(StreamMessages.heartbeat(cursor, deployments.silence(id))); // where it begins, should it be cut now
        }
        boolean isAtPresentEnd = request.getNoFollow() && cursor >= presentEnd;
        if (!slice.isEmpty() && !isAtPresentEnd) {
            sendSlice(slice);
            return true;
        }
        if (slice.isEmpty() && slice.isLast()) {
            end(deployment, LogEnd.Reason.REASON_FINISHED);
        } else if (isAtPresentEnd) {
            end(deployment, LogEnd.Reason.REASON_NO_FOLLOW);
        } else {
            sendHeartbeatIfDue();
        }
        return false;
    }

    private void announceIfChanged(Deployment deployment) {
        boolean isNews = announced == null
                || announced.state() != deployment.state()
                || !announced.queuePlace().equals(deployment.queuePlace());
        if (isNews) {
            announced = deployment;
            send(StreamMessages.deployment(deployment));
        }
    }

    private void sendSlice(LogSlice slice) {
        if (slice.gap().isPresent()) {
            send(StreamMessages.gap(slice.gap().get()));
            cursor = slice.end();
        } else {
            sendChunk(StreamMessages.chunk(cursor, slice.time(), slice.bytes()));
        }
    }

    private void sendChunk(StreamLogsResponse chunk) {
        send(chunk);
        cursor = chunk.getChunk().getNextOffset();
    }

    private void sendHeartbeatIfDue() {
        if (System.nanoTime() - lastSentNanos >= heartbeatNanos) {
            send(StreamMessages.heartbeat(cursor, deployments.silence(id)));
        }
    }

    private void send(StreamLogsResponse message) {
        call.onNext(message);
        lastSentNanos = System.nanoTime();
    }

    private void end(Deployment deployment, LogEnd.Reason reason) {
        call.onNext(StreamMessages.end(deployment, cursor, reason));
        close();
        call.onCompleted();
    }

    /**
     * Ends a call that nobody hears any more, with one message to nobody: that makes gRPC flush. When it gives up a
     * connection that no longer answers, it waits for its last frames to be written, yet does not flush them (seen in
     * 1.83.0), and so would keep the connection for as long as the other end does.
     */
    private void leave() {
        close();
        call.onNext(StreamMessages.heartbeat(cursor, Optional.empty()));
    }

    private void fail(Throwable e) {
        if (isClosed) {
            return;
        }
        close();
        StatusRuntimeException failure = GrpcErrors.toStatus(e);
        if (failure.getStatus().getCode() == Status.Code.UNAVAILABLE && announced != null) {
            failure = Status.UNAVAILABLE
                    .withDescription(failure.getStatus().getDescription() + "; resume from offset " + cursor)
                    .asRuntimeException();
        }
        call.onError(failure);
    }

    private void close() {
        isClosed = true;
        deployments.followers().remove(id, onNews);
        onClosed.accept(this);
    }
}
