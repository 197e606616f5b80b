package io.deploytail.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A server stream that is resumed where it was cut: one call after the other, for as long as that is worth a try.
 *
 * <p>For one thread at a time; only {@link #close} may be called by any thread. No thread is started.
 *
 * @param <M> the messages
 */
final class ResumingCall<M> {
    /** What is streamed. Its methods are called by the thread that receives. */
    interface Subject<M> {
        /** What it is, for people. */
        String name();

        /** Begins a call that goes on where the one before has come to. */
        StreamCall<M> open(Channel channel);

        /**
         * Takes a message.
         *
         * @throws StatusException if it can't come here: then the stream is cut, for this reason
         */
        void take(M message) throws StatusException;

        /** Takes note that the stream was cut, for this cause, and that another call follows after this pause. */
        void resuming(int attempt, Duration pause, String cause);

        /** Makes of a failure that ends the stream what its user should know. */
        DeploytailException explain(Status status, boolean wasAnswered, DeploytailException failure);
    }

    /** So often in a row may the server fail, rather than be absent, before it is believed to be broken. */
    private static final int MAX_FAULTS = 5;

    private final ServerConnection server;
    private final Duration silenceLimit;
    private final Subject<M> subject;
    private final Retries retries;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Runnable closeWithServer = this::close;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private @Nullable StreamCall<M> call;

    private Duration pause = Duration.ZERO;
    private Duration silence = Duration.ZERO;
    private boolean answered;
    private boolean finished;
    private int faults;

    /** @param silenceLimit how long to wait in vain before the call is believed to be dead */
    ResumingCall(ServerConnection server, Duration silenceLimit, Subject<M> subject) {
        this.server = server;
        this.silenceLimit = silenceLimit;
        this.subject = subject;
        this.retries = server.newRetries();
    }

    /** Closes this with the client, if not before. */
    void closeWithServer() {
        server.onClose(closeWithServer);
    }

    /** Whether nothing more will come. */
    boolean isFinished() {
        return finished;
    }

    /** The last message has come. */
    void finish() {
        finished = true;
        server.forget(closeWithServer);
    }

    /** What was asked for has come: the next failure is a first one again. */
    void progress() {
        retries.progress();
        faults = 0;
    }

    /** Waits for a message, or that the stream is cut, and hands it to the subject. */
    void receive() throws InterruptedException {
        receive(silenceLimit);
    }

    /** As {@link #receive()}, but returns after this time at the latest; the pause before another call comes on top. */
    void receive(Duration timeout) throws InterruptedException {
        StreamCall<M> current = openCall();
        Duration wait = Retries.shorter(timeout, silenceLimit.minus(silence));
        Optional<StreamCall.Signal<M>> signal = current.poll(wait);
        if (isClosed()) {
            throw closed();
        }
        silence = signal.isPresent() ? Duration.ZERO : silence.plus(wait);
        if (silence.compareTo(silenceLimit) >= 0) {
            current.cancel("nothing heard");
            cut(Status.DEADLINE_EXCEEDED, null);
        } else if (signal.isPresent() && signal.get() instanceof StreamCall.Received<M> received) {
            receive(current, received.message());
        } else if (signal.isPresent() && signal.get() instanceof StreamCall.Closed<M> end) {
            cut(end.status(), end.trailers());
        }
    }

    private void receive(StreamCall<M> current, M message) {
        answered = true;
        server.markAnswered();
        try {
            subject.take(message);
        } catch (StatusException e) {
            current.cancel("broken stream");
            cut(e.getStatus(), null);
        }
    }

    /** Gets ready to resume, or fails if that would be in vain. */
    private void cut(Status status, @Nullable Metadata trailers) {
        synchronized (lock) {
            call = null;
        }
        silence = Duration.ZERO;
        if (server.isClosed()) {
            finish();
            throw new CancellationException("the client was closed");
        }
        Duration advised = GrpcErrors.retryAfter(status, trailers);
        if (advised != null) {
            server.markAnswered();
        }
        Optional<Duration> delay = advised != null || isWorthAnotherTry(status)
                ? retries.afterFailure(server.followPatience())
                : Optional.empty();
        if (delay.isEmpty()) {
            finish();
            throw subject.explain(status, answered, server.failure(status, trailers));
        }
        pause = advised == null ? delay.get() : delay.get().plus(Retries.shorter(advised, server.followPatience()));
        subject.resuming(retries.failures(), pause, GrpcErrors.describe(status));
    }

    private boolean isWorthAnotherTry(Status status) {
        return switch (status.getCode()) {
            // OK too: a stream that is whole says so.
            case OK, CANCELLED, DEADLINE_EXCEEDED, ABORTED -> true;
            case UNAVAILABLE -> !GrpcErrors.isDistrust(status);
            case UNKNOWN, INTERNAL, DATA_LOSS, RESOURCE_EXHAUSTED -> ++faults <= MAX_FAULTS;
            case NOT_FOUND,
                    OUT_OF_RANGE,
                    INVALID_ARGUMENT,
                    FAILED_PRECONDITION,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    UNAUTHENTICATED,
                    UNIMPLEMENTED -> false;
        };
    }

    private StreamCall<M> openCall() throws InterruptedException {
        if (closing.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
            throw closed();
        }
        pause = Duration.ZERO;
        synchronized (lock) {
            if (isClosed()) {
                throw closed();
            }
            if (call == null) {
                if (retries.failures() > 0) {
                    server.connectNow();
                }
                call = subject.open(server.channel());
            }
            return call;
        }
    }

    /** Ends the stream. A thread that waits in {@link #receive} is woken, and gets a {@link CancellationException}. */
    void close() {
        StreamCall<M> open;
        synchronized (lock) {
            closing.countDown();
            open = call;
        }
        server.forget(closeWithServer);
        if (open != null) {
            open.cancel("closed by the caller");
        }
    }

    private boolean isClosed() {
        return closing.getCount() == 0;
    }

    private CancellationException closed() {
        finish();
        return new CancellationException("the " + subject.name() + " was closed");
    }
}
