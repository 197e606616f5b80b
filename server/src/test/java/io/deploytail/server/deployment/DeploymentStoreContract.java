package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link DeploymentStore} does. */
public abstract class DeploymentStoreContract {
    private static final Instant NOON = Instant.parse("2026-11-20T12:00:00Z");
    private static final Instant LATER = NOON.plusSeconds(60);
    private static final Limits ROOMY = new Limits(1000, 1000);
    private static final RequestDraft PLAIN = RequestDraft.plain();

    /** The store under test. */
    protected abstract DeploymentStore store();

    @Test
    void requestIdsOfDifferentCallersAreDifferent() {
        DeployRequest anonymous = PLAIN.withId("r1").request();
        DeployRequest ofCi = anonymous.by(new Actor("ci", "127.0.0.1:9"));

        Deployment first = admit(anonymous);
        Deployment second = admit(ofCi);

        assertThat(second.id()).isNotEqualTo(first.id());
        assertThat(store().findByRequest(anonymous)).contains(first);
        assertThat(store().findByRequest(ofCi)).contains(second);
        assertThat(store().findByRequest(anonymous.by(new Actor("cd", "127.0.0.1:9"))))
                .isEmpty();
    }

    @Test
    void stopTellsWhoWishedIt() {
        Deployment running = admit(PLAIN.request());

        store().requestStop(running.id(), new Stop(EndReason.CANCELLED, LATER, "", "ops"));

        assertThat(store().get(running.id()).cancelledBy()).isEqualTo("ops");
    }

    @Test
    void listHasOnlyWhatIsVisible() {
        List<String> targets = List.of("tenant-a", "tenant-b", "shop", "", "tenant-a");
        targets.forEach(target -> admit(PLAIN.on(target).request()));
        DeploymentQuery all = new DeploymentQuery(
                "",
                Set.of(),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                10,
                new TargetPatterns(List.of("tenant-*")));

        assertThat(targets(store().list(all))).containsExactly("tenant-a", "tenant-b", "tenant-a");
        assertThat(targets(store().list(all.visibleTo(new TargetPatterns(List.of("shop", "tenant-b"))))))
                .containsExactly("shop", "tenant-b");
        assertThat(targets(store().list(all.visibleTo(new TargetPatterns(List.of("nothing"))))))
                .isEmpty();
        assertThat(targets(store().list(all.visibleTo(TargetPatterns.ALL)))).hasSize(5);
    }

    @Test
    void pageOfWhatIsVisibleEndsWhereManyAreNot() {
        admit(PLAIN.on("mine").request());
        for (int i = 0; i < 30; i++) {
            admit(PLAIN.request());
        }
        DeploymentQuery query = new DeploymentQuery(
                "",
                Set.of(DeploymentState.RUNNING, DeploymentState.QUEUED),
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                1,
                new TargetPatterns(List.of("mine")));

        assertThat(targets(store().list(query))).containsExactly("mine");
    }

    private Deployment admit(DeployRequest request) {
        return store().admit(DeploymentId.create(NOON), request, "/srv/shop", NOON, ROOMY)
                .deployment();
    }

    private static List<String> targets(DeploymentPage page) {
        return page.deployments().stream().map(Deployment::target).toList();
    }

    @Test
    void newDeploymentRunsAndIsFoundAsItWasAskedFor() {
        DeploymentId id = DeploymentId.create(NOON);
        DeployRequest request = new DeployRequest(
                "r1",
                "shop",
                List.of("./release.sh", "it's \"1 < 2\" && é\n", ""),
                Map.of("TOKEN", "secret"),
                Map.of(),
                "",
                Map.of("team", "payments", "commit", "c0ffee"),
                Optional.of(Duration.ofMillis(90_500)),
                Optional.of(Duration.ofSeconds(30)),
                false,
                "",
                Map.of(),
                new Actor("ci", "127.0.0.1:9"));

        Admission admission = store().admit(id, request, "/srv/shop", NOON, ROOMY);

        Deployment deployment = admission.deployment();
        assertThat(admission.isNew()).isTrue();
        assertThat(deployment)
                .isEqualTo(new Deployment(
                        deployment.number(),
                        id,
                        "shop",
                        request.command(),
                        "/srv/shop",
                        request.labels(),
                        request.timeout(),
                        request.silenceTimeout(),
                        DeploymentState.RUNNING,
                        NOON,
                        Optional.of(NOON),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        LogExtent.EMPTY,
                        Optional.empty(),
                        Optional.empty(),
                        "ci",
                        "",
                        Map.of()));
        assertThat(store().find(id)).contains(deployment);
    }

    @Test
    void backlogIsWhatIsQueued() {
        assertThat(store().backlog()).isEqualTo(new Backlog(0, Optional.empty()));
        Deployment running = admit(PLAIN.on("shop"), ROOMY, NOON);
        Deployment first = admit(PLAIN.on("shop"), ROOMY, NOON.plusSeconds(1));
        admit(PLAIN.on("shop"), ROOMY, NOON.plusSeconds(2));
        assertThat(store().backlog()).isEqualTo(new Backlog(2, Optional.of(NOON.plusSeconds(1))));

        store().requestStop(first.id(), new Stop(EndReason.CANCELLED, LATER, "", ""));
        assertThat(store().backlog()).isEqualTo(new Backlog(1, Optional.of(NOON.plusSeconds(2))));

        store().finish(running.id(), Outcome.ofExitStatus(0), LATER);
        store().startWaiting(LATER, ROOMY);
        assertThat(store().backlog()).isEqualTo(new Backlog(0, Optional.empty()));
    }

    @Test
    void unknownDeploymentIsNotFound() {
        assertThat(store().find(DeploymentId.create(NOON))).isEmpty();
    }

    @Test
    void timesKeepTheirMilliseconds() {
        Instant exact = Instant.parse("2026-11-20T10:15:30.120456789Z");

        Deployment deployment = store().admit(DeploymentId.create(exact), PLAIN.request(), "/srv", exact, ROOMY)
                .deployment();

        assertThat(deployment.createTime()).isEqualTo(Instant.parse("2026-11-20T10:15:30.120Z"));
        assertThat(store().find(deployment.id())).contains(deployment);
    }

    @Test
    void timesStayInOrderWhenTheClockIsSetBack() {
        Deployment runs = admit(PLAIN.on("shop"));
        Deployment waits = admit(PLAIN.on("shop"));
        Deployment isCancelled = admit(PLAIN.on("shop"));
        Instant earlier = NOON.minusSeconds(3600);
        Stop stop = new Stop(EndReason.CANCELLED, earlier, "", "");

        Deployment ended = store().finish(runs.id(), Outcome.ofExitStatus(0), earlier);
        Deployment started = store().startWaiting(earlier, ROOMY).get(0);
        Deployment stopping = store().requestStop(waits.id(), stop);
        Deployment cancelled = store().requestStop(isCancelled.id(), stop);

        assertThat(ended.endTime()).contains(NOON);
        assertThat(started.startTime()).contains(NOON);
        assertThat(stopping.cancelTime()).contains(NOON);
        assertThat(cancelled.cancelTime()).contains(NOON);
        assertThat(cancelled.endTime()).contains(NOON);
    }

    @Test
    void secondDeploymentOnATargetWaitsAndSaysBehindWhom() {
        Deployment holder = admit(PLAIN.on("shop"));

        Deployment first = admit(PLAIN.on("shop"));
        Deployment second = admit(PLAIN.on("shop"));
        Deployment elsewhere = admit(PLAIN.on("blog"));

        assertThat(first.state()).isEqualTo(DeploymentState.QUEUED);
        assertThat(first.startTime()).isEmpty();
        assertThat(first.queuePlace()).contains(new QueuePlace(1, Optional.of(holder.id())));
        assertThat(second.queuePlace()).contains(new QueuePlace(2, Optional.of(holder.id())));
        assertThat(elsewhere.state()).isEqualTo(DeploymentState.RUNNING);
    }

    @Test
    void deploymentsWithoutATargetRunBesideEachOther() {
        assertThat(admit(PLAIN).state()).isEqualTo(DeploymentState.RUNNING);
        assertThat(admit(PLAIN).state()).isEqualTo(DeploymentState.RUNNING);
    }

    @Test
    void beyondTheLimitOfRunningOnesADeploymentWaitsForNobodyInParticular() {
        Limits one = new Limits(1, 10);
        admit(PLAIN, one);

        assertThat(admit(PLAIN, one).queuePlace()).contains(new QueuePlace(1, Optional.empty()));
        assertThat(admit(PLAIN, one).queuePlace()).contains(new QueuePlace(2, Optional.empty()));
        assertThat(admit(PLAIN.on("shop"), one).queuePlace()).contains(new QueuePlace(1, Optional.empty()));
    }

    @Test
    void newcomerDoesNotOvertakeThoseInItsLine() {
        Deployment holder = admit(PLAIN.on("shop"));
        Deployment waiting = admit(PLAIN.on("shop"));
        store().finish(holder.id(), Outcome.ofExitStatus(0), LATER);

        Deployment newcomer = admit(PLAIN.on("shop"));

        assertThat(newcomer.queuePlace()).contains(new QueuePlace(2, Optional.empty()));
        assertThat(store().startWaiting(LATER, ROOMY))
                .extracting(Deployment::id)
                .containsExactly(waiting.id());
    }

    @Test
    void placesInTheLineMoveUp() {
        admit(PLAIN.on("shop"));
        Deployment first = admit(PLAIN.on("shop"));
        Deployment second = admit(PLAIN.on("shop"));

        store().requestStop(first.id(), cancel("not needed"));

        assertThat(store().find(second.id())
                        .orElseThrow()
                        .queuePlace()
                        .orElseThrow()
                        .position())
                .isEqualTo(1);
    }

    @Test
    void requestThatDoesNotWantToWaitIsRefusedAndNamesTheHolder() {
        Deployment holder = admit(PLAIN.on("shop"));

        assertThatExceptionOfType(WouldQueueException.class)
                .isThrownBy(() -> admit(PLAIN.on("shop").notQueued()))
                .withMessageContaining("'shop'")
                .withMessageContaining(holder.id().text());
        assertThat(store().unfinished()).containsExactly(holder);
        assertThat(admit(PLAIN.on("office").notQueued()).state()).isEqualTo(DeploymentState.RUNNING);
    }

    @Test
    void fullQueueRefusesAndRecordsNothing() {
        Limits tight = new Limits(1, 1);
        Deployment running = admit(PLAIN, tight);
        Deployment waiting = admit(PLAIN.on("shop"), tight);

        assertThatExceptionOfType(QueueFullException.class)
                .isThrownBy(() -> admit(PLAIN.withId("r1").labelled(Map.of("a", "b")), tight));

        assertThat(ids(store().unfinished())).containsExactly(running.id(), waiting.id());
        assertThat(store().findByRequest(PLAIN.withId("r1").request())).isEmpty();
    }

    @Test
    void sameRequestGetsTheSameDeploymentEvenAfterItsEndAndWhenTheQueueIsFull() {
        Limits tight = new Limits(1, 0);
        DeployRequest request = PLAIN.withId("r1").on("shop").request();
        Deployment made = store().admit(DeploymentId.create(NOON), request, "/srv", NOON, tight)
                .deployment();
        Deployment ended = store().finish(made.id(), Outcome.ofExitStatus(0), LATER);
        admit(PLAIN, tight);

        Admission again = store().admit(DeploymentId.create(LATER), request, "/srv", LATER, tight);

        assertThat(again).isEqualTo(new Admission(ended, false));
        assertThat(store().findByRequest(request)).contains(ended);
    }

    @Test
    void sameRequestIsTheSameUnderAnotherDefaultDirectory() {
        DeployRequest request = PLAIN.withId("r1").request();
        Deployment made = store().admit(DeploymentId.create(NOON), request, "/srv", NOON, ROOMY)
                .deployment();

        Admission again = store().admit(DeploymentId.create(LATER), request, "/opt", LATER, ROOMY);

        assertThat(again).isEqualTo(new Admission(made, false));
    }

    @Test
    void requestsWithoutAnIdAreNeverTheSame() {
        assertThat(admit(PLAIN).id()).isNotEqualTo(admit(PLAIN).id());
    }

    static Stream<RequestDraft> otherContent() {
        RequestDraft first = PLAIN.withId("r1");
        return Stream.of(
                first.on("shop"),
                first.running("./release.sh", ""),
                first.running("./rel", "ease.sh"),
                first.withEnv(Map.of("A", "1")),
                first.in("/opt"),
                first.labelled(Map.of("A", "1")),
                first.within(Duration.ofSeconds(1)));
    }

    @ParameterizedTest
    @MethodSource("otherContent")
    void requestIdWithOtherContentIsRefused(RequestDraft other) {
        Deployment first = admit(PLAIN.withId("r1"));

        assertThatExceptionOfType(RequestIdReusedException.class)
                .isThrownBy(() -> admit(other))
                .withMessageContaining(first.id().text());
        assertThatExceptionOfType(RequestIdReusedException.class)
                .isThrownBy(() -> store().findByRequest(other.request()));
        assertThat(store().unfinished()).containsExactly(first);
    }

    @Test
    void requestIdWithOtherValuesInTheEnvironmentIsRefused() {
        admit(PLAIN.withId("r1").withEnv(Map.of("TOKEN", "one")));

        assertThatExceptionOfType(RequestIdReusedException.class)
                .isThrownBy(() -> admit(PLAIN.withId("r1").withEnv(Map.of("TOKEN", "two"))));
    }

    @Test
    void waitingDeploymentsStartOldestFirstAsFarAsTheLimitGoes() {
        Limits none = new Limits(1, 10);
        Deployment running = admit(PLAIN, none);
        Deployment first = admit(PLAIN, none);
        Deployment second = admit(PLAIN.on("shop"), none);
        Deployment third = admit(PLAIN, none);

        assertThat(store().startWaiting(LATER, none)).isEmpty();
        List<Deployment> started = store().startWaiting(LATER, new Limits(3, 10));

        assertThat(ids(started)).containsExactly(first.id(), second.id());
        assertThat(started).allSatisfy(deployment -> {
            assertThat(deployment.state()).isEqualTo(DeploymentState.RUNNING);
            assertThat(deployment.startTime()).contains(LATER);
            assertThat(deployment.queuePlace()).isEmpty();
        });
        assertThat(ids(store().unfinished())).containsExactly(running.id(), first.id(), second.id(), third.id());
        assertThat(store().find(third.id()).orElseThrow().state()).isEqualTo(DeploymentState.QUEUED);
    }

    @Test
    void oneOfEachLineStartsAndNoneWhoseTargetIsTaken() {
        Limits none = new Limits(1, 10);
        admit(PLAIN.on("shop"), none);
        admit(PLAIN.on("shop"), none);
        Deployment blog = admit(PLAIN.on("blog"), none);
        admit(PLAIN.on("blog"), none);

        assertThat(ids(store().startWaiting(LATER, ROOMY))).containsExactly(blog.id());
    }

    @Test
    void loweredLimitStartsNobody() {
        admit(PLAIN);
        admit(PLAIN);
        admit(PLAIN, new Limits(1, 10));

        assertThat(store().startWaiting(LATER, new Limits(1, 10))).isEmpty();
    }

    @Test
    void atMostOneRunsOnATargetHoweverManyAskAtOnce() throws Exception {
        List<Callable<Deployment>> tasks = Collections.nCopies(40, () -> admit(PLAIN.on("shop")));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<DeploymentState> states = new ArrayList<>();
        try {
            for (Future<Deployment> admitted : threads.invokeAll(tasks)) {
                states.add(admitted.get().state());
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(Collections.frequency(states, DeploymentState.RUNNING)).isEqualTo(1);
        assertThat(Collections.frequency(states, DeploymentState.QUEUED)).isEqualTo(39);
    }

    @Test
    void stopOfARunningDeploymentIsRecordedAndTheFirstOneStays() {
        Deployment running = admit(PLAIN);
        Stop stop = cancel("wrong version");

        Deployment stopping = store().requestStop(running.id(), stop);
        Deployment again =
                store().requestStop(running.id(), new Stop(EndReason.TIMED_OUT, LATER.plusSeconds(1), "too slow", ""));

        assertThat(stopping.state()).isEqualTo(DeploymentState.RUNNING);
        assertThat(stopping.stop()).contains(stop);
        assertThat(again).isEqualTo(stopping);
        assertThat(store().find(running.id())).contains(stopping);
    }

    @Test
    void stopOfAQueuedDeploymentEndsItAtOnce() {
        admit(PLAIN.on("shop"));
        Deployment waiting = admit(PLAIN.on("shop"));

        Deployment cancelled = store().requestStop(waiting.id(), cancel("not needed"));

        assertThat(cancelled.state()).isEqualTo(DeploymentState.CANCELLED);
        assertThat(cancelled.outcome()).contains(Outcome.of(EndReason.CANCELLED, "not needed"));
        assertThat(cancelled.stop()).contains(cancel("not needed"));
        assertThat(cancelled.startTime()).isEmpty();
        assertThat(cancelled.endTime()).contains(LATER);
        assertThat(cancelled.log()).isEqualTo(LogExtent.EMPTY);
        assertThat(cancelled.queuePlace()).isEmpty();
    }

    @Test
    void stopOfAnEndedDeploymentChangesNothing() {
        Deployment running = admit(PLAIN);
        Deployment ended = store().finish(running.id(), Outcome.ofExitStatus(3), LATER);

        assertThat(store().requestStop(running.id(), cancel("too late"))).isEqualTo(ended);
    }

    @Test
    void unknownDeploymentCanNeitherBeStoppedNorFinished() {
        DeploymentId unknown = DeploymentId.create(NOON);

        assertThatExceptionOfType(UnknownDeploymentException.class)
                .isThrownBy(() -> store().requestStop(unknown, cancel("")));
        assertThatExceptionOfType(UnknownDeploymentException.class)
                .isThrownBy(() -> store().finish(unknown, Outcome.ofExitStatus(0), LATER));
    }

    static Stream<Outcome> outcomes() {
        return Stream.of(
                Outcome.ofExitStatus(0),
                Outcome.ofExitStatus(3),
                Outcome.ofExitStatus(128 + 9),
                Outcome.failedToStart(127, "no such file: ./release.sh"),
                Outcome.of(EndReason.TIMED_OUT, "ran longer than 60 s"),
                Outcome.of(EndReason.SILENT_TOO_LONG, "no output for 60 s"),
                Outcome.of(EndReason.INTERRUPTED, "exit code unknown"));
    }

    @ParameterizedTest
    @MethodSource("outcomes")
    void endIsRecorded(Outcome outcome) {
        Deployment running = admit(PLAIN.on("shop"));

        Deployment ended = store().finish(running.id(), outcome, LATER);

        assertThat(ended.outcome()).contains(outcome);
        assertThat(ended.state()).isEqualTo(outcome.state());
        assertThat(ended.endTime()).contains(LATER);
        assertThat(store().find(running.id())).contains(ended);
        assertThat(store().unfinished()).isEmpty();
    }

    @Test
    void firstEndStays() {
        Deployment running = admit(PLAIN);
        Deployment ended = store().finish(running.id(), Outcome.ofExitStatus(3), LATER);

        assertThat(store().finish(running.id(), Outcome.ofExitStatus(0), LATER.plusSeconds(1)))
                .isEqualTo(ended);
    }

    @Test
    void recordedStopIsTheReasonForTheEndWhateverTheCommandDid() {
        Deployment running = admit(PLAIN);
        store().requestStop(running.id(), new Stop(EndReason.TIMED_OUT, LATER, "Ran longer than 60 s.", ""));

        Deployment ended =
                store().finish(running.id(), Outcome.ofExitStatus(0).withNote("A child held its output open."), LATER);

        assertThat(ended.state()).isEqualTo(DeploymentState.FAILED);
        assertThat(ended.outcome())
                .contains(new Outcome(
                        EndReason.TIMED_OUT,
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        "Ran longer than 60 s. A child held its output open."));
    }

    @Test
    void deploymentThatIsToBeStoppedIsNotFinishedBehindItsBack() {
        Deployment running = admit(PLAIN);
        Deployment stopping = store().requestStop(running.id(), cancel("wrong version"));

        assertThat(store().finishUnlessStopped(running.id(), Outcome.ofExitStatus(0), LATER))
                .isEqualTo(stopping);
        assertThat(store().find(running.id())).contains(stopping);
    }

    @Test
    void deploymentThatNobodyStopsIsFinished() {
        Deployment running = admit(PLAIN);

        Deployment ended = store().finishUnlessStopped(running.id(), Outcome.ofExitStatus(3), LATER);

        assertThat(ended.state()).isEqualTo(DeploymentState.FAILED);
        assertThat(store().finishUnlessStopped(running.id(), Outcome.ofExitStatus(0), LATER.plusSeconds(1)))
                .isEqualTo(ended);
    }

    @Test
    void unfinishedOnesAreListedOldestFirst() {
        Deployment running = admit(PLAIN.on("shop"));
        Deployment ended = admit(PLAIN);
        Deployment queued = admit(PLAIN.on("shop"));
        store().finish(ended.id(), Outcome.ofExitStatus(0), LATER);

        assertThat(store().unfinished()).containsExactly(running, queued);
    }

    @Test
    void pagesAreNewestFirstAndTheLastOneHasNoNext() {
        List<Deployment> made = List.of(admit(PLAIN), admit(PLAIN), admit(PLAIN), admit(PLAIN));

        DeploymentPage first = store().list(new Filter().page(2));
        DeploymentPage second = store().list(new Filter().before(first.next()).page(2));

        assertThat(first.deployments()).containsExactly(made.get(3), made.get(2));
        assertThat(first.next()).isPresent();
        assertThat(second.deployments()).containsExactly(made.get(1), made.get(0));
        assertThat(second.next()).isEmpty();
    }

    @Test
    void nextPageIsTheSameWhateverWasMadeMeanwhile() {
        Deployment oldest = admit(PLAIN);
        admit(PLAIN);
        DeploymentPage first = store().list(new Filter().page(1));
        admit(PLAIN);

        DeploymentPage second = store().list(new Filter().before(first.next()).page(1));

        assertThat(second.deployments()).containsExactly(oldest);
        assertThat(second.next()).isEmpty();
    }

    @Test
    void changesAreInTheirOrderAndEachDeploymentIsInThemOnce() {
        Deployment first = admit(PLAIN);
        Deployment second = admit(PLAIN);
        Deployment third = admit(PLAIN);
        Deployment ended = store().finish(first.id(), Outcome.ofExitStatus(0), LATER);
        store().finish(second.id(), Outcome.ofExitStatus(0), LATER);
        store().delete(second.id(), LATER);

        DeploymentChanges all = store().changes(0, 100);

        assertThat(all.changes()).map(DeploymentStoreContract::what).containsExactly(third, ended, second.id());
        assertThat(all.upTo()).isEqualTo(store().lastChange());
        assertThat(store().list(new Filter().page(1)).lastChange()).isEqualTo(all.upTo());
        assertThat(store().changes(all.upTo(), 100).changes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 16, 100})
    void changesAreTheSameInPiecesOfAnySize(int limit) {
        List<Deployment> made = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            made.add(admit(PLAIN));
        }
        for (int i = 0; i < made.size(); i++) {
            store().finish(made.get(i).id(), Outcome.ofExitStatus(0), LATER);
            if (i % 3 == 2) {
                store().delete(made.get(i - 1).id(), LATER);
            }
        }

        List<DeploymentChange> all = store().changes(0, 1000).changes();

        assertThat(all).hasSize(24);
        assertThat(changesInPieces(limit)).isEqualTo(all);
    }

    @Test
    void numbersOfChangesAreNotUsedAgainAfterADeletion() {
        Deployment deployment = admit(PLAIN);
        store().finish(deployment.id(), Outcome.ofExitStatus(0), LATER);
        long before = store().lastChange();

        store().delete(deployment.id(), LATER);

        assertThat(store().lastChange()).isGreaterThan(before);
        admit(PLAIN);
        assertThat(store().changes(before, 100).changes()).hasSize(2);
    }

    @Test
    void thoseInTheLineOfATargetChangeWhenTheyMove() {
        Deployment holder = admit(PLAIN.on("shop"));
        Deployment next = admit(PLAIN.on("shop"));
        Deployment last = admit(PLAIN.on("shop"));
        long since = store().lastChange();

        Deployment ended = store().finish(holder.id(), Outcome.ofExitStatus(0), LATER);
        assertThat(store().changes(since, 100).changes())
                .map(DeploymentStoreContract::what)
                .containsExactly(ended, get(next), get(last));

        long ending = store().lastChange();
        store().startWaiting(LATER, ROOMY);
        assertThat(store().changes(ending, 100).changes())
                .map(DeploymentStoreContract::what)
                .containsExactly(get(next), get(last));
        assertThat(get(last).queuePlace()).contains(new QueuePlace(1, Optional.of(next.id())));
    }

    @Test
    void changesOfAnotherStoreAreRefused() {
        admit(PLAIN);

        assertThatExceptionOfType(ChangeOutOfRangeException.class)
                .isThrownBy(() -> store().changes(store().lastChange() + 1, 10))
                .withMessageContaining("list the deployments again");
    }

    @Test
    void expectedDurationIsTheMedianOfTheNewestFiveSuccessesOfTheTarget() {
        assertThat(admit(PLAIN.on("other")).expectedDuration()).isEmpty();
        for (int seconds : List.of(1000, 10, 20, 90, 40, 30)) {
            ran("shop", seconds, 0);
        }
        ran("shop", 5000, 1);

        Deployment running = admit(PLAIN.on("shop"));
        assertThat(running.expectedDuration()).contains(Duration.ofSeconds(30));
        Deployment queued = admit(PLAIN.on("shop"));
        store().finish(running.id(), Outcome.ofExitStatus(0), NOON.plusSeconds(35));
        assertThat(store().startWaiting(LATER, ROOMY).get(0).id()).isEqualTo(queued.id());
        assertThat(get(queued).expectedDuration()).contains(Duration.ofSeconds(35));
        assertThat(admit(PLAIN).expectedDuration()).isEmpty();
    }

    @Test
    void expectedDurationOfTwoSuccessesIsInTheMiddle() {
        ran("shop", 10, 0);
        ran("shop", 21, 0);

        assertThat(admit(PLAIN.on("shop")).expectedDuration()).contains(Duration.ofMillis(15_500));
    }

    private void ran(String target, int seconds, int exitStatus) {
        store().finish(admit(PLAIN.on(target)).id(), Outcome.ofExitStatus(exitStatus), NOON.plusSeconds(seconds));
    }

    private Deployment get(Deployment deployment) {
        return store().get(deployment.id());
    }

    private List<DeploymentChange> changesInPieces(int limit) {
        List<DeploymentChange> all = new ArrayList<>();
        DeploymentChanges some = store().changes(0, limit);
        while (!some.changes().isEmpty()) {
            assertThat(some.changes()).hasSizeLessThanOrEqualTo(limit);
            all.addAll(some.changes());
            some = store().changes(some.upTo(), limit);
        }
        return all;
    }

    private static Object what(DeploymentChange change) {
        return change instanceof DeploymentChange.Changed changed
                ? changed.deployment()
                : ((DeploymentChange.Deleted) change).id();
    }

    @Test
    void emptyStoreHasAnEmptyPage() {
        assertThat(store().list(new Filter().page(10)))
                .isEqualTo(new DeploymentPage(List.of(), OptionalLong.empty(), 0));
    }

    @Test
    void labelsMustAllBeThereWithTheirValues() {
        Deployment both = admit(PLAIN.labelled(Map.of("team", "payments", "env", "prod")));
        admit(PLAIN.labelled(Map.of("team", "payments")));
        admit(PLAIN.labelled(Map.of("team", "prod", "env", "payments")));

        Filter filter = new Filter();
        filter.labels.putAll(Map.of("team", "payments", "env", "prod"));

        assertThat(store().list(filter.page(10)).deployments()).containsExactly(both);
    }

    @Test
    void creationRangeIncludesItsStartAndNotItsEnd() {
        Deployment atNoon = admit(PLAIN, ROOMY, NOON);
        Deployment atOne = admit(PLAIN, ROOMY, NOON.plusSeconds(3600));
        admit(PLAIN, ROOMY, NOON.plusSeconds(7200));

        Filter filter = new Filter();
        filter.from = Optional.of(NOON);
        filter.to = Optional.of(NOON.plusSeconds(7200));
        assertThat(store().list(filter.page(10)).deployments()).containsExactly(atOne, atNoon);

        filter.from = Optional.of(NOON.plusNanos(1));
        assertThat(store().list(filter.page(10)).deployments()).containsExactly(atOne);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void anyMixOfFiltersFindsWhatASearchByHandFinds(long seed) {
        Random random = new Random(seed);
        List<DeploymentId> made = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            RequestDraft request = PLAIN.on(pick(random, "", "shop", "blog"))
                    .labelled(Map.of("team", pick(random, "a", "b"), "env", pick(random, "prod", "test")));
            // the clock goes back at times
            Deployment deployment = admit(request, new Limits(20, 1000), NOON.plusSeconds(random.nextInt(100) + i));
            made.add(0, deployment.id());
            if (random.nextBoolean() && deployment.state() == DeploymentState.RUNNING) {
                store().finish(deployment.id(), Outcome.ofExitStatus(random.nextInt(2)), LATER);
            }
        }
        List<Deployment> all =
                made.stream().map(id -> store().find(id).orElseThrow()).toList();

        for (int i = 0; i < 100; i++) {
            Filter filter = Filter.random(random);
            List<Deployment> found = new ArrayList<>();
            DeploymentPage page = store().list(filter.page(7));
            found.addAll(page.deployments());
            while (page.next().isPresent()) {
                page = store().list(filter.before(page.next()).page(7));
                assertThat(page.deployments()).isNotEmpty();
                found.addAll(page.deployments());
            }

            assertThat(found)
                    .containsExactlyElementsOf(
                            all.stream().filter(filter::matches).toList());
        }
    }

    @Test
    void deletedDeploymentIsGoneAndItsIdSaysSinceWhen() {
        Deployment ended = ended(PLAIN.on("shop").labelled(Map.of("team", "payments")), LATER);

        assertThat(store().delete(ended.id(), LATER.plusMillis(1))).isEqualTo(ended);

        assertThat(store().find(ended.id())).isEmpty();
        assertThat(store().list(inTeam("payments", OptionalLong.empty())).deployments())
                .isEmpty();
        assertThat(store().firstEnded()).isEmpty();
        String deleted = "deployment " + ended.id() + " was deleted at 2026-11-20T12:01:00.001Z";
        assertThatExceptionOfType(UnknownDeploymentException.class)
                .isThrownBy(() -> store().get(ended.id()))
                .withMessage(deleted);
        assertThatExceptionOfType(UnknownDeploymentException.class)
                .isThrownBy(() -> store().delete(ended.id(), LATER.plusSeconds(9)))
                .withMessage(deleted);
        assertThatExceptionOfType(UnknownDeploymentException.class)
                .isThrownBy(() -> store().requestStop(ended.id(), cancel("")))
                .withMessage(deleted);
    }

    @Test
    void whatNeverWasCanNotBeDeleted() {
        DeploymentId unknown = DeploymentId.create(NOON);

        assertThatExceptionOfType(UnknownDeploymentException.class)
                .isThrownBy(() -> store().delete(unknown, LATER))
                .withMessage("there is no deployment " + unknown);
    }

    @Test
    void whatHasNotEndedIsNotDeleted() {
        Deployment running = admit(PLAIN.on("shop"));
        Deployment queued = admit(PLAIN.on("shop"));

        for (Deployment each : List.of(running, queued)) {
            assertThatExceptionOfType(NotEndedException.class)
                    .isThrownBy(() -> store().delete(each.id(), LATER))
                    .withMessageContaining(each.id() + " is " + each.state());
            assertThat(store().get(each.id())).isEqualTo(each);
        }
    }

    @Test
    void requestIdOfADeletedDeploymentIsFreeAgain() {
        Deployment ended = ended(PLAIN.withId("r1"), LATER);
        store().delete(ended.id(), LATER);

        Deployment next = admit(PLAIN.withId("r1").running("other"));

        assertThat(next.id()).isNotEqualTo(ended.id());
        assertThat(next.number()).as("numbers are not used again").isGreaterThan(ended.number());
    }

    @Test
    void pagesNeitherRepeatNorHideWhatRemainsWhileOthersAreDeleted() {
        List<Deployment> all = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            all.add(0, ended(PLAIN.labelled(Map.of("team", "payments")), LATER));
        }
        DeploymentPage first = store().list(inTeam("payments", OptionalLong.empty()));
        // One that was seen, the one where the page ended, the one that is next, and the very last.
        for (int i : new int[] {0, 2, 3, 8}) {
            store().delete(all.get(i).id(), LATER);
        }

        DeploymentPage second = store().list(inTeam("payments", first.next()));
        DeploymentPage third = store().list(inTeam("payments", second.next()));

        assertThat(first.deployments()).isEqualTo(all.subList(0, 3));
        assertThat(second.deployments()).isEqualTo(all.subList(4, 7));
        assertThat(third.deployments()).isEqualTo(all.subList(7, 8));
        assertThat(third.next()).isEmpty();
    }

    @Test
    void firstEndedIsTheOneThatEndedFirst() {
        admit(PLAIN.on("shop"));
        admit(PLAIN.on("shop"));
        Deployment late = ended(PLAIN, LATER.plusSeconds(2));
        Deployment early = ended(PLAIN, LATER);
        Deployment between = ended(PLAIN, LATER.plusSeconds(1));

        for (Deployment each : List.of(early, between, late)) {
            assertThat(store().firstEnded()).contains(each);
            store().delete(each.id(), LATER);
        }
        assertThat(store().firstEnded()).isEmpty();
    }

    private Deployment ended(RequestDraft request, Instant endTime) {
        return store().finish(admit(request).id(), Outcome.ofExitStatus(0), endTime);
    }

    private static DeploymentQuery inTeam(String team, OptionalLong before) {
        return new DeploymentQuery(
                "", Set.of(), Map.of("team", team), Optional.empty(), Optional.empty(), before, 3, TargetPatterns.ALL);
    }

    private Deployment admit(RequestDraft request) {
        return admit(request, ROOMY);
    }

    private Deployment admit(RequestDraft request, Limits limits) {
        return admit(request, limits, NOON);
    }

    private Deployment admit(RequestDraft request, Limits limits, Instant now) {
        return store().admit(DeploymentId.create(now), request.request(), "/srv", now, limits)
                .deployment();
    }

    private static Stop cancel(String message) {
        return new Stop(EndReason.CANCELLED, LATER, message, "");
    }

    private static List<DeploymentId> ids(List<Deployment> deployments) {
        return deployments.stream().map(Deployment::id).toList();
    }

    private static String pick(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** A query without its page, and what it means. */
    private static final class Filter {
        private String target = "";
        private final Set<DeploymentState> states = EnumSet.noneOf(DeploymentState.class);
        private final Map<String, String> labels = new HashMap<>();
        private Optional<Instant> from = Optional.empty();
        private Optional<Instant> to = Optional.empty();
        private OptionalLong before = OptionalLong.empty();

        static Filter random(Random random) {
            Filter filter = new Filter();
            filter.target = pick(random, "", "", "shop", "blog", "nowhere");
            for (DeploymentState state : DeploymentState.values()) {
                if (random.nextInt(4) == 0) {
                    filter.states.add(state);
                }
            }
            if (random.nextBoolean()) {
                filter.labels.put("team", pick(random, "a", "b"));
            }
            if (random.nextInt(3) == 0) {
                filter.labels.put("env", pick(random, "prod", "test", "nothing"));
            }
            if (random.nextInt(3) == 0) {
                filter.from = Optional.of(NOON.plusSeconds(random.nextInt(220)));
            }
            if (random.nextInt(3) == 0) {
                filter.to = Optional.of(NOON.plusSeconds(random.nextInt(220)));
            }
            return filter;
        }

        boolean matches(Deployment deployment) {
            return (target.isEmpty() || target.equals(deployment.target()))
                    && (states.isEmpty() || states.contains(deployment.state()))
                    && deployment.labels().entrySet().containsAll(labels.entrySet())
                    && from.map(time -> !deployment.createTime().isBefore(time)).orElse(true)
                    && to.map(time -> deployment.createTime().isBefore(time)).orElse(true);
        }

        Filter before(OptionalLong next) {
            before = next;
            return this;
        }

        DeploymentQuery page(int size) {
            return new DeploymentQuery(target, states, labels, from, to, before, size, TargetPatterns.ALL);
        }
    }
}
