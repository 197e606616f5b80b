package io.deploytail.server.grpc;

import static java.util.Objects.requireNonNull;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.function.BiConsumer;

/**
 * Tells of each call that has ended, unary or streaming: its method, as {@code deploytail.v1.DeployService/StartDeploy},
 * and the name of its status. That is the one which the caller was sent, if the call has not been cut. Methods that are
 * not served are all called {@code unknown}: their names are the callers'. An interceptor would not see those. Thread-safe.
 */
public final class EndedCalls extends ServerStreamTracer.Factory {
    private final BiConsumer<String, String> listener;

    /** @param listener is called on gRPC's threads, so it must be quick */
    public EndedCalls(BiConsumer<String, String> listener) {
        this.listener = requireNonNull(listener);
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String requestedMethod, Metadata headers) {
        return new Call();
    }

    private final class Call extends ServerStreamTracer {
        private volatile String method = "unknown";

        @Override
        public void serverCallStarted(ServerCallInfo<?, ?> call) {
            method = call.getMethodDescriptor().getFullMethodName();
        }

        @Override
        public void streamClosed(Status status) {
            listener.accept(method, status.getCode().name());
        }
    }
}
