package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deployments are deleted because somebody wishes so, because they are old, or because too much is kept. */
class DeletionTest {
    private static final int MEBIBYTE = 1 << 20;

    @TempDir
    private Path directory;

    @Test
    void deletedDeploymentIsGoneForEveryCall() throws Exception {
        try (TestServer server = TestServer.start(data())) {
            Deployment ended = server.awaitEnd(server.shell("echo one"));
            String id = ended.getDeploymentId();

            assertThat(delete(server, ended)).isEqualTo(ended);

            String deleted = "deployment " + id + " was deleted at 20";
            assertThat(refusal(() -> server.get(id)).getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(refusal(() -> server.get(id)).getDescription()).startsWith(deleted);
            assertThat(refusal(() -> server.cancel(id)).getDescription()).startsWith(deleted);
            assertThat(refusal(() -> delete(server, ended)).getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(refusal(() -> delete(server, ended)).getDescription()).startsWith(deleted);
            assertThat(server.follow(ended).failure().getDescription()).startsWith(deleted);
            assertThat(server.stub()
                            .listDeployments(ListDeploymentsRequest.getDefaultInstance())
                            .getDeploymentsList())
                    .isEmpty();
        }
    }

    @Test
    void unknownDeploymentIsNotFound() throws Exception {
        try (TestServer server = TestServer.start(data())) {
            Deployment unknown =
                    Deployment.newBuilder().setDeploymentId("nobody").build();

            Status status = refusal(() -> delete(server, unknown));

            assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(status.getDescription()).isEqualTo("there is no deployment nobody");
            assertThat(refusal(() -> delete(server, Deployment.getDefaultInstance()))
                            .getCode())
                    .isEqualTo(Status.Code.INVALID_ARGUMENT);
        }
    }

    @Test
    void whatHasNotEndedIsNotDeletedUntilItIsCancelled() throws Exception {
        try (TestServer server = TestServer.start(data())) {
            Deployment running = server.start(onShop("sleep 60"));
            Deployment queued = server.start(onShop("sleep 60"));

            for (Deployment each : List.of(running, queued)) {
                Status status = refusal(() -> delete(server, each));
                assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
                assertThat(status.getDescription()).contains("cancel it first");
            }

            for (Deployment each : List.of(queued, running)) {
                server.cancel(each.getDeploymentId());
                assertThat(delete(server, server.awaitEnd(each)).getState())
                        .isEqualTo(Deployment.State.STATE_CANCELLED);
            }
        }
    }

    @Test
    void followerInTheMiddleOfTheLogIsToldThatItIsDeleted() throws Exception {
        try (TestServer server = TestServer.start(data())) {
            Deployment ended = server.awaitEnd(server.shell("head -c 2000000 /dev/zero"));
            Follower follower = Follower.start(
                    server.channel(),
                    StreamLogsRequest.newBuilder()
                            .setDeploymentId(ended.getDeploymentId())
                            .build(),
                    2);
            follower.nextChunk();

            delete(server, ended);
            follower.request(1000);

            Status status = follower.failure();
            assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(status.getDescription()).contains("was deleted");
            assertThat(follower.bytes().length).isLessThan(2_000_000);
        }
    }

    @Test
    void requestIdOfADeletedDeploymentStartsANewOne() throws Exception {
        try (TestServer server = TestServer.start(data())) {
            StartDeployRequest.Builder request = onShop("echo one").setRequestId("r1");
            Deployment first = server.awaitEnd(server.start(request));
            assertThat(server.start(request).getDeploymentId()).isEqualTo(first.getDeploymentId());
            delete(server, first);

            Deployment second = server.start(request);

            assertThat(second.getDeploymentId()).isNotEqualTo(first.getDeploymentId());
            assertThat(server.text(second)).isEqualTo("one\n");
        }
    }

    @Test
    void diskSpaceComesBackWhileTheServerRuns() throws Exception {
        try (TestServer server = TestServer.start(data())) {
            Deployment ended = server.awaitEnd(server.shell("head -c 20000000 /dev/zero"));
            Gate end = Gate.in(directory, "end");
            Deployment running = server.shell("echo one; " + end.await());
            server.follow(running).awaitText("one\n");

            delete(server, ended);

            waitUntilSmall(server.database());
            end.open();
            assertThat(server.text(running)).isEqualTo("one\n");
        }
    }

    @Test
    void serverThatWasKilledWhileItFreedTheSpaceGoesOnWithThat() throws Exception {
        try (ServerProcess server = ServerProcess.start(data())) {
            Deployment deployment = server.run("head", "-c", "50000000", "/dev/zero");
            server.follow(StreamLogsRequest.newBuilder()
                            .setDeploymentId(deployment.getDeploymentId())
                            .setTailLines(0))
                    .end();
            delete(server, deployment);
            server.kill();
        }

        try (TestServer server = TestServer.start(data())) {
            waitUntilSmall(server.database());
        }
    }

    @Test
    void whatIsOldIsDeletedAndWhatRunsIsNot() throws Exception {
        try (TestServer server = TestServer.start(data(), "--keep-for", "1s")) {
            Deployment running = server.shell("echo one; exec sleep 60");
            Deployment ended = server.run("true");

            awaitGone(server, ended);

            assertThat(server.get(running.getDeploymentId()).getState()).isEqualTo(Deployment.State.STATE_RUNNING);
            server.cancel(running.getDeploymentId());
            awaitGone(server, running);
        }
    }

    @Test
    void thoseThatEndedFirstAreDeletedWhenTooMuchIsKept() throws Exception {
        Gate end = Gate.in(directory, "end");
        Deployment running;
        Deployment first;
        Deployment second;
        try (TestServer server = TestServer.start(data(), "--keep-size", "unlimited")) {
            running = server.shell("head -c 2000000 /dev/zero; echo; " + end.await());
            first = server.awaitEnd(server.shell("head -c 2000000 /dev/zero"));
            second = server.awaitEnd(server.shell("echo two"));
            server.follow(running).awaitText("\n");
        }

        try (TestServer server = TestServer.start(data(), "--keep-size", "3MiB")) {
            awaitGone(server, first);

            assertThat(server.text(second)).isEqualTo("two\n");
            end.open();
            assertThat(server.log(running)).hasSize(2_000_001);
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    private static StartDeployRequest.Builder onShop(String script) {
        return StartDeployRequest.newBuilder().setTarget("shop").addAllCommand(List.of("sh", "-c", script));
    }

    private static Deployment delete(ServerCalls server, Deployment deployment) {
        return server.stub()
                .deleteDeployment(DeleteDeploymentRequest.newBuilder()
                        .setDeploymentId(deployment.getDeploymentId())
                        .build())
                .getDeployment();
    }

    private static Status refusal(Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException e) {
            return e.getStatus();
        }
        throw new AssertionError("not refused");
    }

    /** Follows it again and again: there is nothing that tells of a deletion to come. */
    private static void awaitGone(TestServer server, Deployment deployment) throws InterruptedException {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (server.follow(deployment).over().isPresent()) {
            assertThat(System.nanoTime() - deadline).as("still there").isNegative();
        }
        assertThat(refusal(() -> server.get(deployment.getDeploymentId())).getDescription())
                .contains("was deleted");
    }

    /** Waits, outside this JVM, until a file has less than three mebibytes. */
    private static void waitUntilSmall(Path file) throws IOException, InterruptedException {
        Process wait = new ProcessBuilder(
                        "timeout",
                        "30",
                        "sh",
                        "-c",
                        "until [ $(stat -c %s \"$1\") -lt \"$2\" ]; do sleep 0.02; done",
                        "-",
                        file.toString(),
                        Integer.toString(3 * MEBIBYTE))
                .start();
        assertThat(wait.waitFor()).isZero();
    }
}
