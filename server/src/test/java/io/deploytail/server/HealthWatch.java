package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Channel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Follows a server's health, each change once. */
final class HealthWatch {
    private final BlockingQueue<ServingStatus> changes = new LinkedBlockingQueue<>();

    private HealthWatch() {}

    static HealthWatch of(Channel channel) {
        HealthWatch watch = new HealthWatch();
        HealthGrpc.newStub(channel)
                .watch(HealthCheckRequest.getDefaultInstance(), new StreamObserver<HealthCheckResponse>() {
                    @Override
                    public void onNext(HealthCheckResponse response) {
                        watch.changes.add(response.getStatus());
                    }

                    @Override
                    public void onError(Throwable failure) {}

                    @Override
                    public void onCompleted() {}
                });
        return watch;
    }

    /** Waits for the next change, which must be to this. */
    void await(ServingStatus expected) throws InterruptedException {
        assertThat(changes.poll(30, TimeUnit.SECONDS)).isEqualTo(expected);
    }
}
