package io.deploytail.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One call of a server stream. At most {@value #WINDOW} messages have been asked for and not yet taken, however slow
 * the taker is: what it does not take stays at the server.
 *
 * <p>{@link #poll} is for one thread at a time, {@link #cancel} for any.
 *
 * @param <M> the messages
 */
final class StreamCall<M> extends ClientCall.Listener<M> {
    static final int WINDOW = 8;

    /** What comes from the server: messages, then one close. */
    sealed interface Signal<M> {}

    record Received<M>(M message) implements Signal<M> {}

    record Closed<M>(Status status, Metadata trailers) implements Signal<M> {}

    private final ClientCall<?, M> call;
    private final BlockingQueue<Signal<M>> signals = new ArrayBlockingQueue<>(WINDOW + 1);
    private int taken;

    private StreamCall(ClientCall<?, M> call) {
        this.call = call;
    }

    static <Q, M> StreamCall<M> open(Channel channel, MethodDescriptor<Q, M> method, Q request) {
        // The listener only fills a queue that has room, so it may run on the transport's own thread.
        ClientCall<Q, M> call = channel.newCall(method, CallOptions.DEFAULT.withExecutor(Runnable::run));
        StreamCall<M> streamCall = new StreamCall<>(call);
        call.start(streamCall, new Metadata());
        call.request(WINDOW);
        call.sendMessage(request);
        call.halfClose();
        return streamCall;
    }

    /** Waits for the next signal; empty if none came in time. */
    Optional<Signal<M>> poll(Duration timeout) throws InterruptedException {
        Signal<M> signal = signals.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
        if (signal instanceof Received<M> && ++taken == WINDOW / 2) {
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
    public void onMessage(M message) {
        signals.add(new Received<>(message));
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        signals.add(new Closed<>(status, trailers));
    }
}
