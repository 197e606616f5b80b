package io.deploytail.client;

import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One {@code StreamLogs} call. At most {@value #WINDOW} messages have been asked for and not yet taken, however slow
 * the taker is: what it does not take stays at the server.
 *
 * <p>{@link #poll} is for one thread at a time, {@link #cancel} for any.
 */
final class LogCall extends ClientCall.Listener<StreamLogsResponse> {
    static final int WINDOW = 8;

    /** What comes from the server: messages, then one close. */
    sealed interface Signal {}

    record Received(StreamLogsResponse message) implements Signal {}

    record Closed(Status status, Metadata trailers) implements Signal {}

    private final ClientCall<StreamLogsRequest, StreamLogsResponse> call;
    private final BlockingQueue<Signal> signals = new ArrayBlockingQueue<>(WINDOW + 1);
    private int taken;

    private LogCall(ClientCall<StreamLogsRequest, StreamLogsResponse> call) {
        this.call = call;
    }

    static LogCall open(Channel channel, StreamLogsRequest request) {
        // The listener only fills a queue that has room, so it may run on the transport's own thread.
        CallOptions options = CallOptions.DEFAULT.withExecutor(Runnable::run);
        LogCall logCall = new LogCall(channel.newCall(DeployServiceGrpc.getStreamLogsMethod(), options));
        logCall.call.start(logCall, new Metadata());
        logCall.call.request(WINDOW);
        logCall.call.sendMessage(request);
        logCall.call.halfClose();
        return logCall;
    }

    /** Waits for the next signal; empty if none came in time. */
    Optional<Signal> poll(Duration timeout) throws InterruptedException {
        Signal signal = signals.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
        if (signal instanceof Received && ++taken == WINDOW / 2) {
            call.request(taken);
            taken = 0;
        }
        return Optional.ofNullable(signal);
    }

    /** Ends the call. A {@link Closed} follows if there was none yet. */
    void cancel(String reason) {
        call.cancel(reason, null);
    }

    @Override
    public void onMessage(StreamLogsResponse message) {
        signals.add(new Received(message));
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        signals.add(new Closed(status, trailers));
    }
}
