package io.deploytail.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A deployment's log, as a sequence of events that the caller pulls.
 *
 * <pre>{@code
 * try (LogStream log = client.follow(id)) {
 *     while (log.hasNext()) {
 *         LogEvent event = log.next();
 *         ...
 *     }
 * }
 * }</pre>
 *
 * <p>Each byte of the log is handed over once and in order, whatever happens to the connection: a stream that was cut,
 * or on which nothing was heard for too long, is resumed where it was cut. In the place of bytes that the server does not
 * have there is a {@link LogEvent.Gap}. The last event is {@link LogEvent.End}, and it comes only after the size, and
 * where possible the checksum, of what was handed over was found to be the server's.
 *
 * <p>A caller that is slow to pull holds the server back; a few messages wait in memory, never more.
 *
 * <p>For one thread at a time; only {@link #close} may be called by any thread. No thread is started.
 */
public final class LogStream implements AutoCloseable {
    /** So often in a row may the server fail, rather than be absent, before it is believed to be broken. */
    private static final int MAX_FAULTS = 5;

    private final ServerConnection server;
    private final LogRequest request;
    private final Duration silenceLimit;
    private final LogCursor cursor;
    private final Retries retries;
    private final Queue<LogEvent> ready = new ArrayDeque<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Runnable closeWithClient = this::close;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private @Nullable LogCall call;

    private Duration pause = Duration.ZERO;
    private boolean answered;
    private boolean finished;
    private int faults;

    private LogStream(ServerConnection server, LogRequest request, Duration silenceLimit) {
        this.server = server;
        this.request = request;
        this.silenceLimit = silenceLimit;
        this.cursor = new LogCursor(request.fromOffset());
        this.retries = server.newRetries();
    }

    /** A stream that is closed with its client, if not before. */
    static LogStream open(ServerConnection server, LogRequest request, Duration silenceLimit) {
        LogStream stream = new LogStream(server, request, silenceLimit);
        server.onClose(stream.closeWithClient);
        return stream;
    }

    /** Whether there is more to come: true until {@link LogEvent.End} was handed over or an exception was thrown. */
    public boolean hasNext() {
        return !finished || !ready.isEmpty();
    }

    /**
     * Waits for the next event. An interrupt loses nothing: the stream can be read on afterwards.
     *
     * @throws NoSuchElementException after the end
     * @throws CancellationException if the stream is closed
     * @throws DeploytailException if the stream cannot go on; {@link LogLostException} and {@link LogCorruptedException}
     *     say that it would not be the same log
     */
    public LogEvent next() throws InterruptedException {
        LogEvent event = ready.poll();
        while (event == null) {
            if (finished) {
                throw new NoSuchElementException("the log stream is over");
            }
            receive();
            event = ready.poll();
        }
        return event;
    }

    /**
     * Writes the rest of the log to the given stream, exactly as the command wrote it, each chunk as it comes, and
     * nothing in the place of a gap: {@link Deployment#logMissingBytes} tells how much the log misses.
     *
     * @return the end
     */
    public LogEvent.End writeTo(OutputStream out) throws IOException, InterruptedException {
        while (true) {
            LogEvent event = next();
            if (event instanceof LogEvent.Chunk chunk) {
                chunk.writeTo(out);
                out.flush();
            } else if (event instanceof LogEvent.End end) {
                return end;
            }
        }
    }

    /** Ends the stream, not the deployment. A thread that waits in {@link #next} is woken. */
    @Override
    public void close() {
        LogCall open;
        synchronized (lock) {
            closing.countDown();
            open = call;
        }
        server.forget(closeWithClient);
        if (open != null) {
            open.cancel("closed by the caller");
        }
    }

    private void receive() throws InterruptedException {
        LogCall current = openCall();
        Optional<LogCall.Signal> signal = current.poll(silenceLimit);
        if (isClosed()) {
            throw closed();
        }
        if (signal.isEmpty()) {
            current.cancel("nothing heard");
            cut(Status.DEADLINE_EXCEEDED, null);
        } else if (signal.get() instanceof LogCall.Received received) {
            receive(current, received.message());
        } else if (signal.get() instanceof LogCall.Closed end) {
            cut(end.status(), end.trailers());
        }
    }

    private void receive(LogCall current, StreamLogsResponse message) {
        answered = true;
        server.markAnswered();
        try {
            take(message);
        } catch (StatusException e) {
            current.cancel("broken stream");
            cut(e.getStatus(), null);
        }
    }

    private void take(StreamLogsResponse message) throws StatusException {
        switch (message.getEventCase()) {
            case DEPLOYMENT -> ready.add(new LogEvent.DeploymentChanged(message));
            case CHUNK -> {
                cursor.advance(message.getChunk()).ifPresent(ready::add);
                ready.add(new LogEvent.Chunk(message));
                progress();
            }
            case GAP -> {
                cursor.pass(message.getGap()).ifPresent(ready::add);
                ready.add(new LogEvent.Gap(message));
                progress();
            }
            case HEARTBEAT -> {
                cursor.moveTo(message.getHeartbeat().getNextOffset()).ifPresent(ready::add);
                ready.add(new LogEvent.Heartbeat(message));
                progress();
            }
            case END -> end(message);
            case EVENT_NOT_SET -> cursor.passStranger();
        }
    }

    private void end(StreamLogsResponse message) {
        finish();
        try {
            Optional<LogEvent.Gap> gap = cursor.moveTo(message.getEnd().getNextOffset());
            boolean checksummed = cursor.verify(message.getEnd());
            gap.ifPresent(ready::add);
            ready.add(new LogEvent.End(message, checksummed));
        } catch (StatusException e) {
            throw new LogCorruptedException(GrpcErrors.describe(e.getStatus()), e);
        }
    }

    private void finish() {
        finished = true;
        server.forget(closeWithClient);
    }

    private void progress() {
        retries.progress();
        faults = 0;
    }

    /** Gets ready to resume, or fails if that would be in vain. */
    private void cut(Status status, @Nullable Metadata trailers) {
        synchronized (lock) {
            call = null;
        }
        if (server.isClosed()) {
            finish();
            throw new CancellationException("the client was closed");
        }
        Optional<Duration> delay =
                isWorthAnotherTry(status) ? retries.afterFailure(server.followPatience()) : Optional.empty();
        if (delay.isEmpty()) {
            finish();
            throw failure(status, trailers);
        }
        pause = delay.get();
        ready.add(new LogEvent.Resuming(cursor.offset(), retries.failures(), pause, GrpcErrors.describe(status)));
    }

    private boolean isWorthAnotherTry(Status status) {
        return switch (status.getCode()) {
            // OK too: only the end message ends a log.
            case OK, UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED, ABORTED -> true;
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

    private DeploytailException failure(Status status, @Nullable Metadata trailers) {
        OptionalLong reached = cursor.offset();
        if (status.getCode() == Status.Code.OUT_OF_RANGE && answered && reached.isPresent()) {
            return new LogLostException(
                    reached.getAsLong(),
                    "the server has lost a part of the log that it had sent: " + GrpcErrors.describe(status),
                    server.failure(status, trailers));
        }
        return server.failure(status, trailers);
    }

    private LogCall openCall() throws InterruptedException {
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
                cursor.resume();
                call = LogCall.open(server.channel(), request.toMessage(cursor.offset()));
            }
            return call;
        }
    }

    private boolean isClosed() {
        return closing.getCount() == 0;
    }

    private CancellationException closed() {
        finish();
        return new CancellationException("the log stream was closed");
    }
}
