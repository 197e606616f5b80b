package io.deploytail.server.grpc;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.InvalidRequestException;
import io.deploytail.server.deployment.LogDelta;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.LogTail;
import io.deploytail.server.deployment.Tally;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends one follower its log: history, what is live, and the end in one loop. It is a cursor, and keeps no log bytes
 * between turns. Whatever it sends is committed.
 */
final class LogFollower extends PacedStream<StreamLogsResponse> {
    private static final int MAX_CHUNK_BYTES = 64 << 10;

    /** So much is sent to a follower about as fast as it is handed to another thread. */
    private static final int MAX_QUICK_BYTES = 4 << 10;

    private final Access deployments;
    private final StreamLogsRequest request;
    private final DeploymentId id;
    private final SharedChunks chunks;
    private final Tally tally;

    private @Nullable Deployment announced;
    private volatile long cursor;
    private long presentEnd;

    /** Whether the last turn found nothing more to send, and what comes next is what the tail gets. */
    private volatile boolean isUpToDate;

    /** Of the log, as it was last read from the store; negative before that. */
    private volatile long storedEnd = -1;

    /** The log's tail, if there was one when it was looked for last; kept for its end, which is the log's for good. */
    private volatile @Nullable LogTail lastTail;

    /**
     * A follower that is yet to be started.
     *
     * @throws InvalidRequestException if the request breaks rules
     */
    LogFollower(
            Access deployments,
            StreamLogsRequest request,
            ServerCallStreamObserver<StreamLogsResponse> call,
            SharedChunks chunks,
            Tally tally,
            Executor executor,
            Duration heartbeatInterval,
            Consumer<PacedStream<StreamLogsResponse>> onClosed) {
        super(call, executor, heartbeatInterval, onClosed);
        this.deployments = requireNonNull(deployments);
        this.request = Requests.checked(request);
        this.id = Requests.deploymentId(request.getDeploymentId());
        this.chunks = requireNonNull(chunks);
        this.tally = requireNonNull(tally);
        rememberTail();
    }

    /** How many bytes of the log are committed and not yet sent. */
    long lag() {
        long stored = storedEnd;
        if (stored < 0) {
            return 0; // where it begins is not known yet
        }
        LogTail tail = rememberTail();
        long end = tail == null ? stored : Math.max(stored, tail.end());
        return Math.max(0, end - cursor);
    }

    private @Nullable LogTail rememberTail() {
        deployments.tail(id).ifPresent(tail -> lastTail = tail);
        return lastTail;
    }

    @Override
    Caller caller() {
        return deployments.caller();
    }

    @Override
    void subscribe(Runnable onNews) {
        deployments.followers().add(id, onNews);
    }

    @Override
    void unsubscribe(Runnable onNews) {
        deployments.followers().remove(id, onNews);
    }

    /** What the tail does not have, is read from the store: what it no longer has, a gap, the log's end. */
    @Override
    boolean isQuick() {
        return isUpToDate
                && deployments
                        .tail(id)
                        .filter(tail -> tail.end() - cursor <= MAX_QUICK_BYTES && tail.has(cursor))
                        .isPresent();
    }

    @Override
    boolean advance() {
        isUpToDate = false;
        Optional<LogTail> tail = liveTail();
        if (tail.isPresent()) {
            Optional<LogDelta> live = tail.get().from(cursor, MAX_CHUNK_BYTES);
            if (live.isPresent()) {
                sendChunk(chunks.of(live.get()));
                return true;
            }
            if (tail.get().end() == cursor) {
                isUpToDate = true;
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
        storedEnd = deployment.log().size();
        if (isFirst) {
            presentEnd = deployment.log().size();
        }
        announceIfChanged(deployment);
        if (isFirst && request.hasTailLines()) {
            send(heartbeat()); // where it begins, should it be cut now
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
            isUpToDate = deployment.state() == DeploymentState.RUNNING;
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
        long next = chunk.getChunk().getNextOffset();
        tally.sent(next - cursor);
        cursor = next;
    }

    @Override
    StreamLogsResponse heartbeat() {
        return StreamMessages.heartbeat(cursor, deployments.silence(id));
    }

    @Override
    String resumption() {
        return announced == null ? "" : "resume from offset " + cursor;
    }

    private void end(Deployment deployment, LogEnd.Reason reason) {
        complete(StreamMessages.end(deployment, cursor, reason));
    }
}
