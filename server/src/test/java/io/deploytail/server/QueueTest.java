package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.StartDeployRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who waits for whom. */
class QueueTest {
    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(directory.resolve("data"), "--max-running", "2", "--max-queued", "3");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void deploymentsOfOneTargetRunOneAfterTheOtherInOrder() throws Exception {
        Path order = directory.resolve("order");
        List<Deployment> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(onTarget("a", "echo begin " + i + " >> " + order + "; sleep 0.05; echo end " + i + " >> " + order));
        }

        for (Deployment deployment : all) {
            assertThat(server.awaitEnd(deployment).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        }

        assertThat(Files.readAllLines(order))
                .containsExactly("begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3");
    }

    @Test
    void othersWaitAtTheLimitOfRunningDeploymentsAndAreRefusedWhenTheQueueIsFull() throws Exception {
        Gate go = Gate.in(directory, "go");
        List<Deployment> running = List.of(server.shell(go.await()), onTarget("a", go.await()));
        Deployment waiting = server.run("true");
        Deployment alsoWaiting = server.run("true");
        Deployment onFreeTarget = onTarget("b", "true");

        assertThat(running).allMatch(each -> each.getState() == Deployment.State.STATE_RUNNING);
        assertThat(waiting.getState()).isEqualTo(Deployment.State.STATE_QUEUED);
        assertThat(waiting.getQueuePosition()).isEqualTo(1);
        assertThat(waiting.getQueueHolderId()).isEmpty();
        assertThat(alsoWaiting.getQueuePosition()).isEqualTo(2);
        assertThat(onFreeTarget.getState()).isEqualTo(Deployment.State.STATE_QUEUED);
        assertThat(onFreeTarget.getQueuePosition()).isEqualTo(1);
        assertThatThrownBy(() -> server.run("true")).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(e.getStatus().getDescription()).contains("3 deployments are waiting");
        });
        assertThat(server.stub()
                        .listDeployments(ListDeploymentsRequest.getDefaultInstance())
                        .getDeploymentsList())
                .hasSize(5);

        go.open();
        for (Deployment deployment : List.of(waiting, alsoWaiting, onFreeTarget)) {
            assertThat(server.awaitEnd(deployment).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        }
    }

    @Test
    void deploymentThatDoesNotWantToWaitIsRefusedAndToldBehindWhom() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment holder = onTarget("a", go.await());
        StartDeployRequest.Builder impatient = StartDeployRequest.newBuilder()
                .setRequestId("r1")
                .setTarget("a")
                .addCommand("true")
                .setNoQueue(true);

        assertThatThrownBy(() -> server.start(impatient)).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(e.getStatus().getDescription()).contains("'a'").contains(holder.getDeploymentId());
        });
        go.open();
        server.awaitEnd(holder);

        assertThat(server.awaitEnd(server.start(impatient)).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
    }

    @Test
    void queuedDeploymentCanBeCancelledAndNeverRuns() throws Exception {
        Gate go = Gate.in(directory, "go");
        Path ran = directory.resolve("ran");
        Deployment holder = onTarget("a", go.await());
        Deployment waiting = onTarget("a", "touch " + ran);
        Deployment last = onTarget("a", "true");
        Follower follower = server.follow(waiting);
        follower.nextDeployment();

        Deployment cancelled = server.cancel(waiting.getDeploymentId());

        assertThat(cancelled.getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
        assertThat(cancelled.hasStartTime()).isFalse();
        assertThat(follower.end().getDeployment().getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
        assertThat(server.get(last.getDeploymentId()).getQueuePosition()).isEqualTo(1);
        go.open();
        assertThat(server.awaitEnd(holder).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        assertThat(server.awaitEnd(last).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        assertThat(ran).doesNotExist();
    }

    private Deployment onTarget(String target, String script) {
        return server.start(
                StartDeployRequest.newBuilder().setTarget(target).addAllCommand(List.of("sh", "-c", script)));
    }
}
