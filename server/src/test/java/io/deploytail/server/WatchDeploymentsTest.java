package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.Deployment.State;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.ListDeploymentsResponse;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.WatchDeploymentsRequest;
import io.deploytail.v1.WatchDeploymentsResponse;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who watches deployments sees each change. */
class WatchDeploymentsTest {
    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(directory.resolve("data"), "--heartbeat-interval", "1s");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void everyKindOfChangeArrivesWhileItHappens() throws Exception {
        try (Watch watch = Watch.from(server, WatchDeploymentsRequest.newBuilder())) {
            watch.awaitHeartbeat();
            Gate go = Gate.in(directory, "go");
            String holder = onTarget("shop", go.await());
            watch.await(holder, seen -> seen.getState() == State.STATE_RUNNING);
            String second = onTarget("shop", go.await());
            String third = onTarget("shop", "true");
            watch.await(
                    third,
                    seen -> seen.getQueuePosition() == 2
                            && seen.getQueueHolderId().equals(holder));
            server.cancel(second);
            watch.await(second, seen -> seen.getState() == State.STATE_CANCELLED);
            watch.await(third, seen -> seen.getQueuePosition() == 1);
            server.cancel(holder);
            watch.await(holder, Deployment::hasCancelTime);
            watch.await(holder, seen -> seen.getState() == State.STATE_CANCELLED);
            watch.await(third, seen -> seen.getState() == State.STATE_SUCCEEDED);
            delete(third);
            watch.awaitDeleted(third);
        }
    }

    @Test
    void listThatIsKeptByAWatchIsTrueWhateverCutsTheWatch() throws Exception {
        Random random = new Random(1);
        List<String> started = new ArrayList<>();
        started.add(onTarget("a", "true"));
        ListDeploymentsResponse page = list();
        Map<String, Deployment> view = new LinkedHashMap<>();
        page.getDeploymentsList().forEach(each -> view.put(each.getDeploymentId(), each));
        String token = page.getWatchToken();

        for (int cut = 0; cut < 12; cut++) {
            for (int i = 0; i < 4; i++) {
                started.add(onTarget(random.nextBoolean() ? "a" : "", random.nextBoolean() ? "true" : "sleep 0.05"));
                String any = started.get(random.nextInt(started.size()));
                if (random.nextInt(3) == 0) {
                    server.cancel(any);
                }
            }
            if (cut == 6) {
                server.restart();
            }
            try (Watch watch =
                    Watch.from(server, WatchDeploymentsRequest.newBuilder().setResumeToken(token))) {
                for (int i = random.nextInt(8); i >= 0; i--) {
                    token = watch.next(view).getResumeToken();
                }
            }
        }
        for (String id : started) {
            server.awaitEnd(server.get(id));
        }
        delete(started.get(3));
        try (Watch watch =
                Watch.from(server, WatchDeploymentsRequest.newBuilder().setResumeToken(token))) {
            watch.untilHeartbeat(view);
        }

        assertThat(view.values()).containsExactlyInAnyOrderElementsOf(list().getDeploymentsList());
        assertThat(view).doesNotContainKey(started.get(3)).hasSize(started.size() - 1);
    }

    @Test
    void slowWatcherGetsWhatHasBecomeOfADeploymentNotEveryStep() throws Exception {
        String token = list().getWatchToken();
        String id = onTarget("shop", "exit 3");
        server.awaitEnd(server.get(id));
        try (Watch watch =
                Watch.from(server, WatchDeploymentsRequest.newBuilder().setResumeToken(token))) {
            Map<String, Deployment> view = new LinkedHashMap<>();
            WatchDeploymentsResponse only = watch.next(view);

            assertThat(only.getDeployment().getState()).isEqualTo(State.STATE_FAILED);
            assertThat(watch.next(view).hasHeartbeat()).isTrue();
        }
    }

    @Test
    void filtersPickByTargetAndLabels() throws Exception {
        WatchDeploymentsRequest.Builder request = WatchDeploymentsRequest.newBuilder()
                .setResumeToken(list().getWatchToken())
                .setTarget("shop")
                .putLabels("team", "payments");
        StartDeployRequest.Builder wanted = StartDeployRequest.newBuilder()
                .setTarget("shop")
                .putLabels("team", "payments")
                .putLabels("commit", "c0ffee")
                .addCommand("true");
        for (StartDeployRequest.Builder each : List.of(
                wanted.clone().setTarget("other"), wanted.clone().clearLabels(), wanted.clone(), wanted.clone())) {
            server.awaitEnd(server.start(each));
        }

        Map<String, Deployment> view = new LinkedHashMap<>();
        try (Watch watch = Watch.from(server, request)) {
            watch.untilHeartbeat(view);
        }

        assertThat(view.values())
                .hasSize(2)
                .allMatch(each ->
                        each.getTarget().equals("shop") && each.getLabelsMap().containsKey("commit"));
    }

    @Test
    void quietWatchHasHeartbeatsThatSayWhereToResume() throws Exception {
        try (Watch watch = Watch.from(server, WatchDeploymentsRequest.newBuilder())) {
            watch.awaitHeartbeat();
            assertThat(watch.awaitHeartbeat().getResumeToken()).isEqualTo(list().getWatchToken());
        }
    }

    @Test
    void tokenThatTheServerNeverGaveIsRefused() {
        assertThat(refusal("bogus")).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal("-1")).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal("99999999999999999999999")).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refusal("999999")).isEqualTo(Status.Code.OUT_OF_RANGE);
    }

    @Test
    void serverThatStopsTellsWatchersToResume() throws Exception {
        try (Watch watch = Watch.from(server, WatchDeploymentsRequest.newBuilder())) {
            watch.awaitHeartbeat();
            server.stop();

            assertThatThrownBy(() -> watch.untilNothing()).isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                assertThat(e.getStatus().getDescription()).contains("resume from the last token");
            });
        }
    }

    @Test
    void deploymentSaysHowLongItIsExpectedToRun() throws Exception {
        String first = onTarget("shop", "true");
        Deployment done = server.awaitEnd(server.get(first));
        server.awaitEnd(server.get(onTarget("shop", "exit 1")));
        Deployment second = server.get(onTarget("shop", "true"));

        assertThat(done.hasExpectedDuration()).isFalse();
        assertThat(second.getExpectedDuration().getSeconds() * 1_000_000_000L
                        + second.getExpectedDuration().getNanos())
                .isEqualTo((done.getEndTime().getSeconds() - done.getStartTime().getSeconds()) * 1_000_000_000L
                        + done.getEndTime().getNanos()
                        - done.getStartTime().getNanos());
        server.awaitEnd(second);
        Deployment withoutTarget = server.awaitEnd(server.run("true"));
        assertThat(withoutTarget.hasExpectedDuration()).isFalse();
    }

    private Status.Code refusal(String token) {
        Iterator<WatchDeploymentsResponse> events = server.stub()
                .watchDeployments(WatchDeploymentsRequest.newBuilder()
                        .setResumeToken(token)
                        .build());
        try {
            events.next();
        } catch (StatusRuntimeException e) {
            return e.getStatus().getCode();
        }
        return Status.Code.OK;
    }

    private ListDeploymentsResponse list() {
        return server.stub()
                .listDeployments(
                        ListDeploymentsRequest.newBuilder().setPageSize(1000).build());
    }

    private String onTarget(String target, String script) {
        return server.start(StartDeployRequest.newBuilder()
                        .setTarget(target)
                        .addCommand("sh")
                        .addCommand("-c")
                        .addCommand(script))
                .getDeploymentId();
    }

    private void delete(String id) {
        server.stub()
                .deleteDeployment(
                        DeleteDeploymentRequest.newBuilder().setDeploymentId(id).build());
    }

    /** A watch that is read step by step. It fails when nothing comes for half a minute. */
    private static final class Watch implements AutoCloseable {
        private final CancellableContext context = Context.current().withCancellation();
        private final Iterator<WatchDeploymentsResponse> events;

        private Watch(Callable<Iterator<WatchDeploymentsResponse>> call) throws Exception {
            events = context.call(call);
        }

        static Watch from(TestServer server, WatchDeploymentsRequest.Builder request) throws Exception {
            return new Watch(() -> server.stub().watchDeployments(request.build()));
        }

        /** The next event, after it was taken into the view. */
        WatchDeploymentsResponse next(Map<String, Deployment> view) {
            WatchDeploymentsResponse event = events.next();
            assertThat(event.getResumeToken()).isNotEmpty();
            switch (event.getEventCase()) {
                case DEPLOYMENT -> view.put(event.getDeployment().getDeploymentId(), event.getDeployment());
                case DELETED_DEPLOYMENT_ID -> view.remove(event.getDeletedDeploymentId());
                case HEARTBEAT, EVENT_NOT_SET -> {}
            }
            return event;
        }

        void untilHeartbeat(Map<String, Deployment> view) {
            while (!next(view).hasHeartbeat()) {
                // more has changed
            }
        }

        void untilNothing() {
            while (events.hasNext()) {
                events.next();
            }
        }

        WatchDeploymentsResponse awaitHeartbeat() {
            return await(WatchDeploymentsResponse::hasHeartbeat);
        }

        void await(String id, Predicate<Deployment> test) {
            await(event -> event.getDeployment().getDeploymentId().equals(id) && test.test(event.getDeployment()));
        }

        void awaitDeleted(String id) {
            await(event -> event.getDeletedDeploymentId().equals(id));
        }

        private WatchDeploymentsResponse await(Predicate<WatchDeploymentsResponse> test) {
            WatchDeploymentsResponse event = events.next();
            while (!test.test(event)) {
                event = events.next();
            }
            return event;
        }

        @Override
        public void close() {
            context.cancel(null);
        }
    }
}
