package io.deploytail.client;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The channel to one server, and how this client deals with its failures. Unary calls are repeated while the server is
 * unavailable: each one of the API may be.
 *
 * <p>Thread-safe.
 */
final class ServerConnection {
    private final ManagedChannel channel;
    private final String address;
    private final RetryPolicy retryPolicy;
    private final Duration callDeadline;
    private final LongSupplier nanoTime;
    private volatile boolean answered;

    ServerConnection(
            ManagedChannel channel,
            String address,
            RetryPolicy retryPolicy,
            Duration callDeadline,
            LongSupplier nanoTime) {
        this.channel = channel;
        this.address = address;
        this.retryPolicy = retryPolicy;
        this.callDeadline = callDeadline;
        this.nanoTime = nanoTime;
    }

    ManagedChannel channel() {
        return channel;
    }

    <Q, A> A call(MethodDescriptor<Q, A> method, Q request) {
        Retries retries = newRetries();
        while (true) {
            try {
                CallOptions options =
                        CallOptions.DEFAULT.withDeadlineAfter(callDeadline.toNanos(), TimeUnit.NANOSECONDS);
                A answer = ClientCalls.blockingUnaryCall(channel, method, options, request);
                markAnswered();
                return answer;
            } catch (StatusRuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw interrupted(e);
                }
                if (isClosed()) {
                    throw new CancellationException("the client was closed");
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

    /** Whether the client was closed: then nothing is worth another try. */
    boolean isClosed() {
        return channel.isShutdown();
    }

    Retries newRetries() {
        return new Retries(retryPolicy, nanoTime);
    }

    /** Every call may be repeated; one that took too long may still have been heard. */
    private static boolean isWorthAnotherTry(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE || status.getCode() == Status.Code.DEADLINE_EXCEEDED;
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
        return GrpcErrors.toException(status, trailers, address);
    }

    private static void pause(Duration delay) {
        try {
            TimeUnit.NANOSECONDS.sleep(delay.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted(e);
        }
    }

    private static CancellationException interrupted(Exception cause) {
        CancellationException cancellation = new CancellationException("interrupted while calling the server");
        cancellation.initCause(cause);
        return cancellation;
    }
}
