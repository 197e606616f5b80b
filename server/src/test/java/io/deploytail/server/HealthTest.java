package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.DeployServiceGrpc;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the standard services say. */
class HealthTest {
    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(directory.resolve("data"));
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void serverAndServiceAreServing() {
        for (String service : List.of("", DeployServiceGrpc.SERVICE_NAME)) {
            assertThat(HealthGrpc.newBlockingStub(server.channel())
                            .check(HealthCheckRequest.newBuilder()
                                    .setService(service)
                                    .build())
                            .getStatus())
                    .isEqualTo(ServingStatus.SERVING);
        }
    }

    @Test
    void stoppingServerIsNotServing() throws Exception {
        HealthWatch health = HealthWatch.of(server.channel());
        health.await(ServingStatus.SERVING);

        server.stop();

        health.await(ServingStatus.NOT_SERVING);
    }

    @Test
    void reflectionKnowsTheServiceInBothVersions() throws Exception {
        assertThat(listServices(io.grpc.reflection.v1.ServerReflectionGrpc.newStub(server.channel())))
                .contains(DeployServiceGrpc.SERVICE_NAME);
        assertThat(listServicesV1Alpha()).contains(DeployServiceGrpc.SERVICE_NAME);
    }

    private static String listServices(io.grpc.reflection.v1.ServerReflectionGrpc.ServerReflectionStub stub)
            throws InterruptedException {
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        var requests = stub.serverReflectionInfo(new Collector<io.grpc.reflection.v1.ServerReflectionResponse>(
                answer -> answers.add(answer.toString())));
        requests.onNext(io.grpc.reflection.v1.ServerReflectionRequest.newBuilder()
                .setListServices("")
                .build());
        String answer = answers.poll(20, TimeUnit.SECONDS);
        requests.onCompleted();
        return String.valueOf(answer);
    }

    private String listServicesV1Alpha() throws InterruptedException {
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        var requests = io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(server.channel())
                .serverReflectionInfo(new Collector<io.grpc.reflection.v1alpha.ServerReflectionResponse>(
                        answer -> answers.add(answer.toString())));
        requests.onNext(io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
                .setListServices("")
                .build());
        String answer = answers.poll(20, TimeUnit.SECONDS);
        requests.onCompleted();
        return String.valueOf(answer);
    }

    /** Hands on what it is sent. */
    private static final class Collector<T> implements StreamObserver<T> {
        private final java.util.function.Consumer<T> messages;

        Collector(java.util.function.Consumer<T> messages) {
            this.messages = messages;
        }

        @Override
        public void onNext(T message) {
            messages.accept(message);
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {}
    }
}
