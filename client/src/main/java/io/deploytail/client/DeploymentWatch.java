package io.deploytail.client;

import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.WatchDeploymentsRequest;
import io.deploytail.v1.WatchDeploymentsResponse;
import io.grpc.Channel;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CancellationException;

/**
 * What changes among deployments, as a sequence of events that the caller pulls. It has no end of its own.
 *
 * <pre>{@code
 * DeploymentPage page = client.list(query);
 * try (DeploymentWatch watch = client.watch(query, page.watchToken())) {
 *     while (true) {
 *         WatchEvent event = watch.next();
 *         ...
 *     }
 * }
 * }</pre>
 *
 * <p>No deployment's newest state is missed, whatever happens to the connection: a stream that was cut, or on which
 * nothing was heard for too long, is resumed. A deployment that has changed several times meanwhile comes once.
 *
 * <p>For one thread at a time; only {@link #close} may be called by any thread. No thread is started.
 */
public final class DeploymentWatch implements AutoCloseable {
    private final ResumingCall<WatchDeploymentsResponse> call;
    private final Queue<WatchEvent> ready = new ArrayDeque<>();

    private WatchDeploymentsRequest request;

    private DeploymentWatch(ServerConnection server, WatchDeploymentsRequest request, Duration silenceLimit) {
        this.request = request;
        this.call = new ResumingCall<>(server, silenceLimit, new Subject());
    }

    /** A watch that is closed with its client, if not before. */
    static DeploymentWatch open(ServerConnection server, WatchDeploymentsRequest request, Duration silenceLimit) {
        DeploymentWatch watch = new DeploymentWatch(server, request, silenceLimit);
        watch.call.closeWithServer();
        return watch;
    }

    /**
     * Waits for the next event. An interrupt loses nothing.
     *
     * @throws CancellationException if the watch is closed
     * @throws WatchOutdatedException if it can't go on without a new list
     * @throws DeploytailException if it can't go on for another reason
     */
    public WatchEvent next() throws InterruptedException {
        while (ready.isEmpty()) {
            call.receive();
        }
        return ready.remove();
    }

    /**
     * As {@link #next}, but waits about this long at most, and longer only before a connection is tried again.
     *
     * @return empty if nothing has happened
     */
    public Optional<WatchEvent> poll(Duration timeout) throws InterruptedException {
        if (ready.isEmpty()) {
            call.receive(timeout);
        }
        return Optional.ofNullable(ready.poll());
    }

    /** Ends the watch. A thread that waits for an event is woken. */
    @Override
    public void close() {
        call.close();
    }

    /** What the calls of a watch are about. */
    private final class Subject implements ResumingCall.Subject<WatchDeploymentsResponse> {
        @Override
        public String name() {
            return "watch";
        }

        @Override
        public StreamCall<WatchDeploymentsResponse> open(Channel channel) {
            return StreamCall.open(channel, DeployServiceGrpc.getWatchDeploymentsMethod(), request);
        }

        @Override
        public void take(WatchDeploymentsResponse message) {
            switch (message.getEventCase()) {
                case DEPLOYMENT -> ready.add(new WatchEvent.Changed(new Deployment(message.getDeployment())));
                case DELETED_DEPLOYMENT_ID -> ready.add(new WatchEvent.Deleted(message.getDeletedDeploymentId()));
                case HEARTBEAT -> ready.add(new WatchEvent.CaughtUp());
                case EVENT_NOT_SET -> {} // of a later version
            }
            request =
                    request.toBuilder().setResumeToken(message.getResumeToken()).build();
            call.progress();
        }

        @Override
        public void resuming(int attempt, Duration pause, String cause) {
            ready.add(new WatchEvent.Resuming(attempt, pause, cause));
        }

        @Override
        public DeploytailException explain(Status status, boolean wasAnswered, DeploytailException failure) {
            return status.getCode() == Status.Code.OUT_OF_RANGE
                    ? new WatchOutdatedException(GrpcErrors.describe(status), failure)
                    : failure;
        }
    }
}
