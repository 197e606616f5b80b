package io.deploytail.client;

import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Channel;
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
    private final LogRequest request;
    private final LogCursor cursor;
    private final ResumingCall<StreamLogsResponse> call;
    private final Queue<LogEvent> ready = new ArrayDeque<>();

    private LogStream(ServerConnection server, LogRequest request, Duration silenceLimit) {
        this.request = request;
        this.cursor = new LogCursor(request.fromOffset());
        this.call = new ResumingCall<>(server, silenceLimit, new Subject());
    }

    /** A stream that is closed with its client, if not before. */
    static LogStream open(ServerConnection server, LogRequest request, Duration silenceLimit) {
        LogStream stream = new LogStream(server, request, silenceLimit);
        stream.call.closeWithServer();
        return stream;
    }

    /** Whether there is more to come: true until {@link LogEvent.End} was handed over or an exception was thrown. */
    public boolean hasNext() {
        return !call.isFinished() || !ready.isEmpty();
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
            if (call.isFinished()) {
                throw new NoSuchElementException("the log stream is over");
            }
            call.receive();
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
        call.close();
    }

    /** What the log's calls are about. */
    private final class Subject implements ResumingCall.Subject<StreamLogsResponse> {
        @Override
        public String name() {
            return "log stream";
        }

        @Override
        public StreamCall<StreamLogsResponse> open(Channel channel) {
            cursor.resume();
            return StreamCall.open(
                    channel, DeployServiceGrpc.getStreamLogsMethod(), request.toMessage(cursor.offset()));
        }

        @Override
        public void take(StreamLogsResponse message) throws StatusException {
            switch (message.getEventCase()) {
                case DEPLOYMENT -> ready.add(new LogEvent.DeploymentChanged(message));
                case CHUNK -> {
                    cursor.advance(message.getChunk()).ifPresent(ready::add);
                    ready.add(new LogEvent.Chunk(message));
                    call.progress();
                }
                case GAP -> {
                    cursor.pass(message.getGap()).ifPresent(ready::add);
                    ready.add(new LogEvent.Gap(message));
                    call.progress();
                }
                case HEARTBEAT -> {
                    cursor.moveTo(message.getHeartbeat().getNextOffset()).ifPresent(ready::add);
                    ready.add(new LogEvent.Heartbeat(message));
                    call.progress();
                }
                case END -> end(message);
                case EVENT_NOT_SET -> cursor.passStranger();
            }
        }

        private void end(StreamLogsResponse message) {
            call.finish();
            try {
                Optional<LogEvent.Gap> gap = cursor.moveTo(message.getEnd().getNextOffset());
                boolean checksummed = cursor.verify(message.getEnd());
                gap.ifPresent(ready::add);
                ready.add(new LogEvent.End(message, checksummed));
            } catch (StatusException e) {
                throw new LogCorruptedException(GrpcErrors.describe(e.getStatus()), e);
            }
        }

        @Override
        public void resuming(int attempt, Duration pause, String cause) {
            ready.add(new LogEvent.Resuming(cursor.offset(), attempt, pause, cause));
        }

        @Override
        public DeploytailException explain(Status status, boolean wasAnswered, DeploytailException failure) {
            OptionalLong reached = cursor.offset();
            if (status.getCode() == Status.Code.OUT_OF_RANGE && wasAnswered && reached.isPresent()) {
                return new LogLostException(
                        reached.getAsLong(),
                        "the server has lost a part of the log that it had sent: " + GrpcErrors.describe(status),
                        failure);
            }
            return failure;
        }
    }
}
