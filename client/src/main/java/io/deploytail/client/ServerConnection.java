package io.deploytail.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The channel to one server, and how this client deals with its failures. Unary calls are repeated while the server is
 * unavailable: each one of the API may be.
 *
 * <p>Thread-safe.
 */
final class ServerConnection implements AutoCloseable {
    private final ManagedChannel channel;
    private final Channel calls;
    private final String address;
    private final RetryPolicy retryPolicy;
    private final Duration callDeadline;
    private final LongSupplier nanoTime;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Set<Runnable> closingActions = ConcurrentHashMap.newKeySet();
    private volatile boolean answered;

    ServerConnection(
            ManagedChannel channel,
            Optional<String> token,
            String address,
            RetryPolicy retryPolicy,
            Duration callDeadline,
            LongSupplier nanoTime) {
        this.channel = channel;
        this.calls = token.<Channel>map(secret -> ClientInterceptors.intercept(channel, authorization(secret)))
                .orElse(channel);
        this.address = address;
        this.retryPolicy = retryPolicy;
        this.callDeadline = callDeadline;
        this.nanoTime = nanoTime;
    }

    private static ClientInterceptor authorization(String token) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
        return MetadataUtils.newAttachHeadersInterceptor(headers);
    }

    /** For calls, which say on it who calls. */
    Channel channel() {
        return calls;
    }

    /** Ends the calls and streams that are under way, and every later one. The channel stays as it is. */
    @Override
    public void close() {
        closing.countDown();
        closingActions.forEach(Runnable::run);
    }

    /**
     * Runs this when this connection is closed, on the thread that closes it, unless it is taken back before; at once on
     * this thread if it is closed already. May run it twice.
     */
    void onClose(Runnable action) {
        closingActions.add(action);
        if (isClosed()) {
            action.run();
        }
    }

    /** Takes back what was to be run. */
    void forget(Runnable action) {
        closingActions.remove(action);
    }

    <Q, A> A call(MethodDescriptor<Q, A> method, Q request) {
        Retries retries = newRetries().countFromNow();
        while (true) {
            try {
                return callOnce(method, request);
            } catch (StatusRuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw interrupted(e);
                }
                if (isClosed()) {
                    throw closed();
                }
                Optional<Duration> delay = isWorthAnotherTry(e.getStatus())
                        ? retries.afterFailure(retryPolicy.callPatience())
                        : Optional.empty();
                if (delay.isEmpty()) {
                    throw failure(e.getStatus(), e.getTrailers());
                }
                pause(delay.get());
            }
            connectNow();
        }
    }

    private <Q, A> A callOnce(MethodDescriptor<Q, A> method, Q request) {
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(callDeadline.toNanos(), TimeUnit.NANOSECONDS);
        CancellableContext context = Context.current().withCancellation();
        Runnable cancel = () -> context.cancel(null);
        Context outer = context.attach();
        onClose(cancel);
        try {
            A answer = ClientCalls.blockingUnaryCall(calls, method, options, request);
            markAnswered();
            return answer;
        } finally {
            forget(cancel);
            context.detachAndCancel(outer, null);
        }
    }

    /** Whether the client was closed: then nothing is worth another try. */
    boolean isClosed() {
        return closing.getCount() == 0 || channel.isShutdown();
    }

    Retries newRetries() {
        return new Retries(retryPolicy, nanoTime);
    }

    /** Every call may be repeated; one that took too long may still have been heard. */
    private static boolean isWorthAnotherTry(Status status) {
        return (status.getCode() == Status.Code.UNAVAILABLE && !GrpcErrors.isDistrust(status))
                || status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    }

    /** How long a log stream may try in vain: not long if the address may just be wrong. */
    Duration followPatience() {
        return answered ? retryPolicy.followPatience() : retryPolicy.callPatience();
    }

    /** The server has answered something. */
    void markAnswered() {
        answered = true;
    }

    /** Ends the channel's own wait, which grows to minutes, so that the next call tries to connect. */
    void connectNow() {
        channel.resetConnectBackoff();
    }

    DeploytailException failure(Status status, @Nullable Metadata trailers) {
        return GrpcErrors.toException(status, trailers, address, answered);
    }

    private void pause(Duration delay) {
        try {
            if (closing.await(delay.toNanos(), TimeUnit.NANOSECONDS)) {
                throw closed();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    private static CancellationException closed() {
        return new CancellationException("the client was closed");
    }

    private static CancellationException interrupted(Exception cause) {
        CancellationException cancellation = new CancellationException("interrupted while calling the server");
        cancellation.initCause(cause);
        return cancellation;
    }
}
