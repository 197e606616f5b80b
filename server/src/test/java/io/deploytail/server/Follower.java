package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.LogGap;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A follower that collects what it is sent and checks it on the way: chunks and gaps follow one another without hole or
 * overlap, and chunks have as many bytes as they say. Each wait ends with a failure after a generous time.
 */
public final class Follower {
    private static final int LIMIT_SECONDS = 60;

    private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @SuppressWarnings("NullAway.Init") // set before the call starts
    private ClientCallStreamObserver<StreamLogsRequest> call;

    private final List<LogGap> gaps = new ArrayList<>();

    private long nextOffset = -1;

    private Follower() {}

    public static Follower start(Channel channel, StreamLogsRequest request) {
        return start(channel, request, Integer.MAX_VALUE - 1);
    }

    /** Asks for only so many messages until {@link #request} asks for more. */
    public static Follower start(Channel channel, StreamLogsRequest request, int firstMessages) {
        Follower follower = new Follower();
        DeployServiceGrpc.newStub(channel)
                .streamLogs(request, new ClientResponseObserver<StreamLogsRequest, StreamLogsResponse>() {
                    @Override
                    public void beforeStart(ClientCallStreamObserver<StreamLogsRequest> call) {
                        follower.call = call;
                        call.disableAutoRequestWithInitial(firstMessages);
                    }

                    @Override
                    public void onNext(StreamLogsResponse message) {
                        follower.events.add(message);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        follower.events.add(Status.fromThrowable(failure));
                    }

                    @Override
                    public void onCompleted() {
                        follower.events.add(Status.OK);
                    }
                });
        return follower;
    }

    public void request(int messages) {
        call.request(messages);
    }

    public void cancel() {
        call.cancel("the test has seen enough", null);
    }

    /** The next message, whatever it is. */
    public StreamLogsResponse next() throws InterruptedException {
        Object event = poll();
        assertThat(event).isInstanceOf(StreamLogsResponse.class);
        return (StreamLogsResponse) event;
    }

    /** The next message of a log that is too long to keep; asks for one more in its place. */
    StreamLogsResponse nextWithoutCollecting() throws InterruptedException {
        call.request(1);
        Object event = take();
        assertThat(event).isInstanceOf(StreamLogsResponse.class);
        return (StreamLogsResponse) event;
    }

    /** The next chunk, skipping what else comes before. */
    LogChunk nextChunk() throws InterruptedException {
        return await(StreamLogsResponse::hasChunk).getChunk();
    }

    /** The next announcement, skipping what else comes before. */
    Deployment nextDeployment() throws InterruptedException {
        return await(StreamLogsResponse::hasDeployment).getDeployment();
    }

    /** The next message that passes, skipping others. */
    public StreamLogsResponse await(Predicate<StreamLogsResponse> test) throws InterruptedException {
        while (true) {
            StreamLogsResponse message = next();
            if (test.test(message)) {
                return message;
            }
        }
    }

    /** Collects until the log so far contains this text. */
    public Follower awaitText(String text) throws InterruptedException {
        while (!text().contains(text)) {
            next();
        }
        return this;
    }

    /** Collects to the end message, which is the last before an OK. */
    public LogEnd end() throws InterruptedException {
        LogEnd end = await(StreamLogsResponse::hasEnd).getEnd();
        if (nextOffset >= 0) {
            assertThat(end.getNextOffset()).isEqualTo(nextOffset);
        }
        assertThat(poll()).isEqualTo(Status.OK);
        return end;
    }

    /** Collects until the stream fails, and returns how. */
    public Status failure() throws InterruptedException {
        while (true) {
            Object event = poll();
            if (event instanceof Status status) {
                assertThat(status.isOk()).isFalse();
                return status;
            }
        }
    }

    /** Collects until the stream is over, cut or at its end, which is returned then. */
    Optional<LogEnd> over() throws InterruptedException {
        Optional<LogEnd> end = Optional.empty();
        for (Object event = poll(); event instanceof StreamLogsResponse message; event = poll()) {
            if (message.hasEnd()) {
                end = Optional.of(message.getEnd());
            }
        }
        return end;
    }

    /** Everything in the chunks so far. */
    byte[] bytes() {
        return bytes.toByteArray();
    }

    public String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The gaps so far. */
    List<LogGap> gaps() {
        return List.copyOf(gaps);
    }

    /** The offset to resume from. */
    public long nextOffset() {
        return Math.max(0, nextOffset);
    }

    private Object take() throws InterruptedException {
        Object event = events.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThat(event).as("nothing came for %s seconds", LIMIT_SECONDS).isNotNull();
        return event;
    }

    private Object poll() throws InterruptedException {
        Object event = take();
        if (event instanceof StreamLogsResponse message && message.hasChunk()) {
            collect(message.getChunk());
        } else if (event instanceof StreamLogsResponse message && message.hasGap()) {
            pass(message.getGap());
        }
        return event;
    }

    private void pass(LogGap gap) {
        if (nextOffset >= 0) {
            assertThat(gap.getOffset()).isEqualTo(nextOffset);
        }
        assertThat(gap.getNextOffset()).isGreaterThan(gap.getOffset());
        gaps.add(gap);
        nextOffset = gap.getNextOffset();
    }

    private void collect(LogChunk chunk) {
        ByteString exact = exactBytes(chunk);
        if (nextOffset >= 0) {
            assertThat(chunk.getOffset()).isEqualTo(nextOffset);
        }
        assertThat(chunk.getNextOffset() - chunk.getOffset())
                .isEqualTo(exact.size())
                .isPositive();
        bytes.writeBytes(exact.toByteArray());
        nextOffset = chunk.getNextOffset();
    }

    static ByteString exactBytes(LogChunk chunk) {
        return chunk.getRaw().isEmpty() ? chunk.getTextBytes() : chunk.getRaw();
    }
}
