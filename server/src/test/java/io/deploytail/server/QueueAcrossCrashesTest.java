package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.StartDeployRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Lines of waiting deployments keep their order when the server is killed, and no target stays taken. */
@Timeout(120)
class QueueAcrossCrashesTest {
    private static final String[] THREE_PLACES = {"--max-running", "3"};

    @TempDir
    private Path directory;

    @Test
    void everyLineGoesOnInItsOrder() throws Exception {
        Gate a = Gate.in(directory, "a");
        Gate b = Gate.in(directory, "b");
        Gate none = Gate.in(directory, "none");
        Deployment firstOfA;
        Deployment firstOfB;
        List<Deployment> waiting;
        Deployment cancelledBefore;
        Deployment cancelledAfter;
        List<Deployment> before;
        try (ServerProcess server = ServerProcess.start(data(), THREE_PLACES)) {
            firstOfA = start(server, "a", ran("a1") + "echo ready; " + a.await());
            firstOfB = start(server, "b", ran("b1") + "echo ready; " + b.await());
            Deployment withoutTarget = start(server, "", "echo ready; " + none.await());
            Deployment secondOfA = start(server, "a", ran("a2"));
            cancelledAfter = start(server, "b", ran("b2"));
            Deployment alsoWithoutTarget = start(server, "", "true");
            cancelledBefore = start(server, "a", ran("a3"));
            Deployment onlyOfC = start(server, "c", "true");
            Deployment lastOfB = start(server, "b", ran("b4"));
            Deployment lastOfA = start(server, "a", ran("a4"));
            waiting = List.of(withoutTarget, secondOfA, alsoWithoutTarget, onlyOfC, lastOfB, lastOfA);
            server.cancel(cancelledBefore.getDeploymentId());
            for (Deployment running : List.of(firstOfA, firstOfB, withoutTarget)) {
                assertThat(running.getState()).isEqualTo(Deployment.State.STATE_RUNNING);
                server.follow(running).awaitText("ready\n");
            }
            before = list(server);
            server.kill();
        }

        try (ServerProcess server = ServerProcess.start(data(), THREE_PLACES)) {
            assertThat(list(server)).isEqualTo(before);
            Deployment cancelled = server.cancel(cancelledAfter.getDeploymentId());
            assertThat(cancelled.getState()).isEqualTo(Deployment.State.STATE_CANCELLED);
            assertThat(cancelled.hasStartTime()).isFalse();
            server.kill();
        }
        // Both end while nobody is there who could give their targets to the next ones.
        killWrapper(firstOfB);
        a.open();
        b.open();

        try (ServerProcess server = ServerProcess.start(data(), THREE_PLACES)) {
            assertSucceeds(server, firstOfA);
            assertThat(server.awaitEnd(firstOfB).getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_INTERRUPTED);
            none.open();
            for (Deployment deployment : waiting) {
                assertSucceeds(server, deployment);
            }
        }
        assertThat(ranOn("a")).containsExactly("a1", "a2", "a4");
        assertThat(ranOn("b")).containsExactly("b1", "b4");
    }

    private Path data() {
        return directory.resolve("data");
    }

    /** What a command does to be seen in {@link #ranOn}. */
    private String ran(String name) {
        return "echo " + name + " >>'" + directory.resolve("ran-" + name.charAt(0)) + "'; ";
    }

    private List<String> ranOn(String target) throws IOException {
        return Files.readAllLines(directory.resolve("ran-" + target));
    }

    private static Deployment start(ServerProcess server, String target, String script) {
        return server.start(
                StartDeployRequest.newBuilder().setTarget(target).addAllCommand(List.of("sh", "-c", script)));
    }

    private static List<Deployment> list(ServerProcess server) {
        return server.stub()
                .listDeployments(ListDeploymentsRequest.getDefaultInstance())
                .getDeploymentsList();
    }

    private static void assertSucceeds(ServerProcess server, Deployment deployment) throws InterruptedException {
        Deployment ended = server.awaitEnd(deployment);
        assertThat(ended.getState()).as(ended.toString()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
    }

    /** So that nobody will know how the command ended. */
    private void killWrapper(Deployment deployment) throws Exception {
        Path claimed =
                data().resolve("runs").resolve(deployment.getDeploymentId()).resolve("claimed");
        long wrapper = Long.parseLong(Files.readString(claimed).split(" ", -1)[1]);
        ProcessHandle.of(wrapper).orElseThrow().destroyForcibly();
    }
}
