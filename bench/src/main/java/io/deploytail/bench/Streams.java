package io.deploytail.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Many followers in this process, as cheap as can be, so that the server is what is measured: of a chunk they take the
 * text's bytes and nothing else. Thread-safe.
 */
final class Streams implements AutoCloseable {
    private static final int MAX_STREAMS_PER_CONNECTION = 500;
    private static final int SECONDS_TO_ATTACH = 60;
    private static final int SECONDS_TO_END = 300;

    private static final MethodDescriptor<StreamLogsRequest, ByteString> METHOD =
            DeployServiceGrpc.getStreamLogsMethod().<StreamLogsRequest, ByteString>toBuilder(
                            DeployServiceGrpc.getStreamLogsMethod().getRequestMarshaller(), new ChunkBytes())
                    .build();

    private final String address;
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final List<ClientCall<StreamLogsRequest, ByteString>> calls = new ArrayList<>();
    private final List<CountDownLatch> attached = new ArrayList<>();
    private final List<CompletableFuture<Long>> ends = new ArrayList<>();

    Streams(String address) {
        this.address = address;
    }

    /** Takes a log's chunks, on one thread at a time. */
    interface Follower {
        void accept(ByteString bytes, long nanos);
    }

    /** Follows a deployment from its beginning. */
    void follow(String deploymentId, Follower follower) {
        if (calls.size() % MAX_STREAMS_PER_CONNECTION == 0) {
            channels.add(newChannel());
        }
        calls.add(start(channels.get(channels.size() - 1), deploymentId, follower, Integer.MAX_VALUE));
    }

    /** Follows a deployment, over a connection of its own, and takes nothing but the first message. */
    void stall(String deploymentId) {
        ManagedChannel channel = newChannel();
        channels.add(channel);
        ClientCall<StreamLogsRequest, ByteString> stalled = start(channel, deploymentId, (bytes, nanos) -> {}, 1);
        ends.remove(ends.size() - 1); // it never comes
        calls.add(stalled);
    }

    private ClientCall<StreamLogsRequest, ByteString> start(
            ManagedChannel channel, String deploymentId, Follower follower, int messages) {
        CountDownLatch isAttached = new CountDownLatch(1);
        CompletableFuture<Long> end = new CompletableFuture<>();
        attached.add(isAttached);
        ends.add(end);
        ClientCall<StreamLogsRequest, ByteString> call = channel.newCall(METHOD, CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(ByteString bytes) {
                        isAttached.countDown();
                        if (bytes.isEmpty()) {
                            return; // another event
                        }
                        try {
                            follower.accept(bytes, System.nanoTime());
                        } catch (RuntimeException e) {
                            end.completeExceptionally(e);
                            call.cancel("wrong bytes", e);
                        }
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        if (status.isOk()) {
                            end.complete(System.nanoTime());
                        } else {
                            end.completeExceptionally(status.asException());
                        }
                    }
                },
                new Metadata());
        call.request(messages);
        call.sendMessage(
                StreamLogsRequest.newBuilder().setDeploymentId(deploymentId).build());
        call.halfClose();
        return call;
    }

    private ManagedChannel newChannel() {
        return NettyChannelBuilder.forTarget(address)
                .usePlaintext()
                .directExecutor()
                .build();
    }

    /** Waits until all have got their first message, and fails if that is not before this {@link System#nanoTime}. */
    void awaitAttached(long startNanos) throws InterruptedException {
        for (CountDownLatch latch : attached) {
            if (!latch.await(SECONDS_TO_ATTACH, TimeUnit.SECONDS)) {
                throw new IllegalStateException("not all followers could attach");
            }
        }
        if (System.nanoTime() - startNanos > 0) {
            throw new IllegalStateException("followers attached too late");
        }
    }

    /** Waits until all that do not stall have come to the end; returns the {@link System#nanoTime} of the last. */
    long awaitEnds() throws Exception {
        long last = Long.MIN_VALUE;
        for (CompletableFuture<Long> end : ends) {
            last = Math.max(last, end.get(SECONDS_TO_END, TimeUnit.SECONDS));
        }
        return last;
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
    }

    /** Reads the bytes of a chunk's text; of other events nothing. */
    private static final class ChunkBytes implements MethodDescriptor.Marshaller<ByteString> {
        @Override
        public InputStream stream(ByteString value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ByteString parse(InputStream stream) {
            try {
                CodedInputStream in = CodedInputStream.newInstance(stream);
                if (!seek(in, StreamLogsResponse.CHUNK_FIELD_NUMBER)) {
                    return ByteString.EMPTY;
                }
                in.readRawVarint32(); // the chunk's length: it is all that is left
                return seek(in, LogChunk.TEXT_FIELD_NUMBER) ? in.readBytes() : ByteString.EMPTY;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static boolean seek(CodedInputStream in, int field) throws IOException {
            int tag = in.readTag();
            while (tag != 0 && WireFormat.getTagFieldNumber(tag) != field) {
                in.skipField(tag);
                tag = in.readTag();
            }
            return tag != 0;
        }
    }
}
