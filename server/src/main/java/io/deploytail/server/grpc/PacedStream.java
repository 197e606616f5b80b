package io.deploytail.server.grpc;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Doorbell;
import io.deploytail.server.deployment.StoppingException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * A stream that goes out at its caller's pace: a doorbell, and steps that send something for as long as gRPC says that
 * the caller can take it. So a slow one costs nothing and holds nobody up.
 *
 * <p>Thread-safe. What a subclass has in fields is confined to the doorbell's turns unless it is final or volatile.
 *
 * @param <T> the messages
 */
abstract class PacedStream<T> {
    /** After so many steps others get their turn. */
    private static final int MAX_STEPS = 256;

    private final ServerCallStreamObserver<T> call;
    private final long heartbeatNanos;
    private final Consumer<PacedStream<T>> onClosed;
    private final Doorbell doorbell;
    private final Runnable onNews = this::onNews;

    private volatile boolean isStarted;
    private volatile boolean isStopping;
    private volatile boolean isRevoked;
    private volatile boolean isClosed;

    private long lastSentNanos;

    /**
     * A stream that is yet to be started.
     *
     * @param executor runs the turns, which may block on storage; but quick ones the thread that has the news
     * @param heartbeatInterval after how long without a message a heartbeat is due
     * @param onClosed is run when nothing more will be sent
     */
    PacedStream(
            ServerCallStreamObserver<T> call,
            Executor executor,
            Duration heartbeatInterval,
            Consumer<PacedStream<T>> onClosed) {
        this.call = requireNonNull(call);
        this.heartbeatNanos = heartbeatInterval.toNanos();
        this.onClosed = requireNonNull(onClosed);
        this.doorbell = new Doorbell(executor, this::takeTurn);
    }

    /** Whose stream it is. */
    abstract Caller caller();

    /** Asks to be rung when there is news. */
    abstract void subscribe(Runnable onNews);

    abstract void unsubscribe(Runnable onNews);

    /** Takes one step. False if there is nothing more to send for now, or ever. */
    abstract boolean advance();

    /** A message that may be sent at any time. */
    abstract T heartbeat();

    /** Where to go on after the last message, for people; empty if nothing was sent yet. */
    abstract String resumption();

    /**
     * Begins to send. To be called once, while the call's handlers can still be set.
     *
     * @param bufferBytes how much may wait in memory for the caller to take it, and one message more
     */
    final void start(int bufferBytes) {
        call.setOnReadyThreshold(bufferBytes);
        call.setOnReadyHandler(doorbell::ring);
        call.setOnCancelHandler(doorbell::ring);
        subscribe(onNews); // before the first look, or a change is missed
        isStarted = true;
        doorbell.ring();
    }

    /** Looks whether there is something to send, if the caller can take it: as soon as it can, gRPC rings anyway. */
    final void ring() {
        if (call.isReady()) {
            doorbell.ring();
        }
    }

    /** As {@link #ring}, but what is quick to send leaves on this thread: nearly always the one that has committed it. */
    private void onNews() {
        if (call.isReady()) {
            if (isQuick()) {
                doorbell.ringHere();
            } else {
                doorbell.ring();
            }
        }
    }

    /** Whether little is to be sent, and it is in memory. May be called by any thread. */
    boolean isQuick() {
        return false;
    }

    /** Sends what the caller can take at once, then tells it to come back. */
    final void stop() {
        isStopping = true;
        doorbell.ring();
    }

    /** Sends no more, and tells the caller to come back: then it is seen again what it may see. */
    final void revoke() {
        isRevoked = true;
        doorbell.ring();
    }

    private void takeTurn() {
        if (!isStarted) {
            return; // it rings when it is
        }
        try {
            int steps = 0;
            while (!isClosed && !isRevoked && !call.isCancelled() && call.isReady() && advance()) {
                steps++;
                if (steps == MAX_STEPS) {
                    doorbell.ring();
                    break;
                }
            }
            if (!isClosed && call.isCancelled()) {
                leave();
            }
            if (!isClosed && isRevoked) {
                throw Status.UNAVAILABLE
                        .withDescription("the caller's rights have changed")
                        .asRuntimeException();
            }
            if (!isClosed && isStopping) {
                throw new StoppingException("the server is stopping");
            }
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    final void send(T message) {
        call.onNext(message);
        lastSentNanos = System.nanoTime();
    }

    final void sendHeartbeatIfDue() {
        if (System.nanoTime() - lastSentNanos >= heartbeatNanos) {
            send(heartbeat());
        }
    }

    /** Ends the stream after its last message. */
    final void complete(T last) {
        call.onNext(last);
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
        call.onNext(heartbeat());
    }

    private void fail(Throwable e) {
        if (isClosed) {
            return;
        }
        close();
        StatusRuntimeException failure = GrpcErrors.toStatus(e);
        if (failure.getStatus().getCode() == Status.Code.UNAVAILABLE
                && !resumption().isEmpty()) {
            failure = Status.UNAVAILABLE
                    .withDescription(failure.getStatus().getDescription() + "; " + resumption())
                    .asRuntimeException();
        }
        call.onError(failure);
    }

    private void close() {
        isClosed = true;
        unsubscribe(onNews);
        onClosed.accept(this);
    }
}
