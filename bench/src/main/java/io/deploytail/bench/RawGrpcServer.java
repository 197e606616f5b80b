package io.deploytail.bench;

import com.google.protobuf.Timestamp;
import com.google.protobuf.UnsafeByteOperations;
import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What streaming over gRPC costs at least, with gRPC's own settings: such messages from memory, with no command, no file
 * and no database.
 * The id asks for what is streamed: {@code flood:BYTES:START}, or {@code lines:COUNT:RATE:START}.
 */
final class RawGrpcServer implements AutoCloseable {
    private final Process process;
    private final String address;

    private RawGrpcServer(Process process, String address) {
        this.process = process;
        this.address = address;
    }

    static RawGrpcServer start(Workshop workshop) throws IOException {
        Process process = workshop.start(workshop.java(RawGrpcServer.class));
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        return new RawGrpcServer(process, "127.0.0.1:" + out.readLine());
    }

    String address() {
        return address;
    }

    long pid() {
        return process.pid();
    }

    /** Streams so many bytes to each follower, from this {@link System#nanoTime} on. */
    static String flood(long bytes, long startNanos) {
        return "flood:" + bytes + ":" + startNanos;
    }

    /** Streams the lines of the generator to all followers, so many a second, from this time on. */
    static String lines(long count, long rate, long startNanos) {
        return "lines:" + count + ":" + rate + ":" + startNanos;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    public static void main(String[] arguments) throws Exception {
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new Service())
                .build()
                .start();
        System.out.println(server.getPort());
        server.awaitTermination();
    }

    private static final class Service extends DeployServiceGrpc.DeployServiceImplBase {
        private static final int CHUNK_BYTES = 64 << 10;
        private static final Timestamp TIME =
                Timestamp.newBuilder().setSeconds(1_700_000_000).setNanos(1).build();

        private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        private final LinePool pool = LinePool.load();
        private final List<Stream> lined = new ArrayList<>();

        @Override
        public void streamLogs(StreamLogsRequest request, StreamObserver<StreamLogsResponse> observer) {
            String[] asked = request.getDeploymentId().split(":", -1);
            Stream stream = new Stream((ServerCallStreamObserver<StreamLogsResponse>) observer);
            stream.call.onNext(StreamLogsResponse.newBuilder()
                    .setDeployment(Deployment.getDefaultInstance())
                    .build());
            if (asked[0].equals("flood")) {
                stream.rest = Long.parseLong(asked[1]);
                stream.call.setOnReadyHandler(stream::flood);
                atTime(Long.parseLong(asked[2]), stream::begin);
            } else {
                line(stream, Long.parseLong(asked[1]), Long.parseLong(asked[2]), Long.parseLong(asked[3]));
            }
        }

        private void atTime(long nanos, Runnable action) {
            var unused = clock.schedule(action, nanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        /** The first of those who ask for the same lines sets the clock for all. */
        private synchronized void line(Stream stream, long count, long rate, long startNanos) {
            lined.add(stream);
            if (lined.size() == 1) {
                atTime(startNanos, () -> sendLine(0, count, rate, startNanos));
            }
        }

        private synchronized void sendLine(long number, long count, long rate, long startNanos) {
            if (number == count) {
                lined.forEach(stream -> stream.call.onCompleted());
                lined.clear();
                return;
            }
            StreamLogsResponse message = chunk(number, pool.line(number, System.nanoTime()));
            lined.forEach(stream -> stream.call.onNext(message));
            atTime(
                    startNanos + (number + 1) * 1_000_000_000 / rate,
                    () -> sendLine(number + 1, count, rate, startNanos));
        }

        static StreamLogsResponse chunk(long offset, byte[] bytes) {
            return StreamLogsResponse.newBuilder()
                    .setChunk(LogChunk.newBuilder()
                            .setOffset(offset)
                            .setNextOffset(offset + bytes.length)
                            .setTime(TIME)
                            .setTextBytes(UnsafeByteOperations.unsafeWrap(bytes)))
                    .build();
        }
    }

    private static final class Stream {
        private static final byte[] BYTES = new byte[Service.CHUNK_BYTES];

        final ServerCallStreamObserver<StreamLogsResponse> call;
        private long rest;
        private boolean hasBegun;

        Stream(ServerCallStreamObserver<StreamLogsResponse> call) {
            this.call = call;
        }

        synchronized void begin() {
            hasBegun = true;
            flood();
        }

        synchronized void flood() {
            while (hasBegun && rest > 0 && call.isReady()) {
                int length = (int) Math.min(rest, BYTES.length);
                call.onNext(Service.chunk(rest, length == BYTES.length ? BYTES : new byte[length]));
                rest -= length;
                if (rest == 0) {
                    call.onCompleted();
                }
            }
        }
    }
}
