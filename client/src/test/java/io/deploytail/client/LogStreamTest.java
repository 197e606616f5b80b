package io.deploytail.client;

import static io.deploytail.client.FakeDeployService.ID;
import static io.deploytail.client.FakeDeployService.chunkMessage;
import static io.deploytail.client.FakeDeployService.gapMessage;
import static io.deploytail.client.FakeDeployService.heartbeatMessage;
import static io.deploytail.client.FakeDeployService.sendOnly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.LogGap;
import io.deploytail.v1.LogGap.Reason;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class LogStreamTest {
    private static final StreamLogsResponse STRANGER = StreamLogsResponse.getDefaultInstance();

    private final FakeServer server = new FakeServer();
    private final FakeDeployService service = server.service;
    private final DeploytailClient client = server.client();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @AfterEach
    void closeServer() {
        server.close();
    }

    @Test
    void handsOverTheWholeLogAndProvesItByItsChecksum() throws Exception {
        service.hasLog("one\ntwo\n");

        LogEvent.End end = writeAll(LogRequest.of(ID));

        assertThat(out).hasToString("one\ntwo\n");
        assertThat(end.isFinished()).isTrue();
        assertThat(end.isChecksummed()).isTrue();
        assertThat(end.deployment().exitCode()).hasValue(0);
    }

    @Test
    void losesAndRepeatsNothingOverAThousandRandomCuts() throws Exception {
        Random random = new Random(20_261_121);
        byte[] log = new byte[10_000];
        random.nextBytes(log);
        service.hasLog(log);
        int cuts = 1_000;
        for (int cut = 0; cut < cuts; cut++) {
            service.plan(randomlyCut(random, log.length));
        }

        LogEvent.End end = writeAll(LogRequest.of(ID));

        assertThat(out.toByteArray()).isEqualTo(log);
        assertThat(end.isChecksummed()).isTrue();
        assertThat(service.streamRequests).hasSize(cuts + 1);
    }

    /** A few chunks of random sizes, but never the last byte, and then some fault. */
    private FakeDeployService.Script randomlyCut(Random random, int size) {
        return (request, stream) -> {
            int offset = (int) request.getFromOffset();
            boolean progress = false;
            stream.onNext(service.deploymentMessage());
            for (int chunk = random.nextInt(3); chunk > 0; chunk--) {
                int next = Math.min(size - 1, offset + random.nextInt(8));
                stream.onNext(service.chunkMessage(offset, next));
                offset = next;
                progress = true;
            }
            int fault = random.nextInt(progress ? 7 : 4);
            switch (fault) {
                case 0 -> stream.onCompleted();
                case 1 -> stream.onError(Status.UNAVAILABLE.asRuntimeException());
                case 2 -> stream.onError(Status.CANCELLED.asRuntimeException());
                case 3 -> stream.onError(Status.DEADLINE_EXCEEDED.asRuntimeException());
                case 4 -> stream.onError(Status.INTERNAL.asRuntimeException());
                case 5 -> stream.onNext(service.chunkMessage(Math.max(0, offset - 3), Math.max(1, offset - 1)));
                default -> stream.onNext(service.chunkMessage(offset + 1, size));
            }
        };
    }

    @Test
    void handsOverExactBytesWhateverTheyAre() throws Exception {
        byte[] log = {'a', 0, (byte) 0xff, (byte) 0xfe, '\r', '\n', (byte) 0xe2, (byte) 0x82, '\n', 27, '[', 'm'};
        service.hasLog(log);

        writeAll(LogRequest.of(ID));

        assertThat(out.toByteArray()).isEqualTo(log);
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            names = {"OK", "UNAVAILABLE", "UNKNOWN", "INTERNAL", "CANCELLED", "DEADLINE_EXCEEDED", "ABORTED"})
    void resumesWhereTheStreamWasCutWithAnyStatusThatMayPass(Status.Code code) throws Exception {
        service.hasLog("one\ntwo\n");
        service.plan(service.cutAfter(2, code.toStatus()));

        List<LogEvent> events = readAll(client, LogRequest.of(ID));

        LogEvent.Resuming resuming = only(events, LogEvent.Resuming.class);
        assertThat(resuming.offset()).hasValue(4);
        assertThat(resuming.attempt()).isEqualTo(1);
        assertThat(service.streamRequests)
                .extracting(StreamLogsRequest::getFromOffset)
                .containsExactly(0L, 4L);
        assertThat(bytesOf(events)).isEqualTo("one\ntwo\n");
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.Code.class,
            names = {"NOT_FOUND", "INVALID_ARGUMENT", "PERMISSION_DENIED", "UNAUTHENTICATED", "UNIMPLEMENTED"})
    void doesNotTryAgainWhenThatWouldBeInVain(Status.Code code) {
        service.plan(service.cutAfter(0, code.toStatus()));

        assertThatThrownBy(() -> writeAll(LogRequest.of(ID))).isInstanceOf(DeploytailException.class);

        assertThat(service.streamRequests).hasSize(1);
    }

    @Test
    void givesUpOnAServerThatOnlyFails() {
        for (int i = 0; i < 10; i++) {
            service.plan(service.cutAfter(1, Status.INTERNAL));
        }

        assertThatThrownBy(() -> writeAll(LogRequest.of(ID))).isInstanceOf(ServerFaultException.class);

        assertThat(service.streamRequests).hasSize(6);
    }

    @Test
    void waitsAsLongAsTheServerAsksForAPlace() throws Exception {
        service.hasLog("one\n");
        StatusRuntimeException full = StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(Code.RESOURCE_EXHAUSTED_VALUE)
                .addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromMillis(20))
                        .build()))
                .build());
        for (int i = 0; i < 10; i++) {
            service.plan((request, stream) -> stream.onError(full));
        }

        DeploytailClient fresh = server.clientBuilder()
                .retryPolicy(FakeServer.QUICK.withCallPatience(Duration.ZERO))
                .build();

        List<LogEvent> events = readAll(fresh, LogRequest.of(ID));

        assertThat(bytesOf(events)).isEqualTo("one\n");
        assertThat(events.stream().filter(LogEvent.Resuming.class::isInstance))
                .hasSize(10)
                .allMatch(event -> ((LogEvent.Resuming) event).delay().compareTo(Duration.ofMillis(20)) >= 0);
    }

    @Test
    void givesUpWhenPatienceIsOverAndNothingCame() {
        RetryPolicy impatient = FakeServer.QUICK.withFollowPatience(Duration.ZERO);
        service.hasLog("one\n");
        service.plan(service.cutAfter(2, Status.UNAVAILABLE));

        DeploytailClient impatientClient =
                server.clientBuilder().retryPolicy(impatient).build();

        assertThatThrownBy(() -> readAll(impatientClient, LogRequest.of(ID)))
                .isInstanceOf(ServerUnavailableException.class)
                .hasMessageContaining("deploys.example:50051");
    }

    @Test
    void isPatientAnewAfterEachProgress() throws Exception {
        AtomicLong nanos = new AtomicLong();
        service.hasLog("one\ntwo\nthree\n");
        for (int i = 0; i < 6; i++) {
            // Together they take three times the patience, which begins anew when something has come.
            service.plan((request, stream) -> {
                nanos.addAndGet(Duration.ofSeconds(31).toNanos());
                service.cutAfter(2, Status.UNAVAILABLE).play(request, stream);
            });
        }

        DeploytailClient slowClient =
                server.clientBuilder().nanoTime(nanos::get).build();

        assertThat(bytesOf(readAll(slowClient, LogRequest.of(ID)))).isEqualTo("one\ntwo\nthree\n");
    }

    @Test
    void isNotPatientWithAServerThatNeverAnswered() {
        DeploytailClient newClient = server.clientBuilder()
                .retryPolicy(FakeServer.QUICK.withCallPatience(Duration.ZERO))
                .build();
        service.plan(service.cutAfter(0, Status.UNAVAILABLE));

        assertThatThrownBy(() -> readAll(newClient, LogRequest.of(ID))).isInstanceOf(ServerUnavailableException.class);
    }

    @Test
    void saysSoWhenTheServerHasLostWhatItHadSent() {
        service.hasLog("one\ntwo\n");
        service.plan(service.cutAfter(2, Status.UNAVAILABLE));
        service.plan(service.cutAfter(0, Status.OUT_OF_RANGE.withDescription("the log has 2 bytes")));

        LogLostException lost = catchThrowableOfType(LogLostException.class, () -> writeAll(LogRequest.of(ID)));

        assertThat(lost.offset()).isEqualTo(4);
        assertThat(lost).hasMessageContaining("the log has 2 bytes");
    }

    @Test
    void anOffsetThatWasNeverValidIsTheCallersFault() {
        service.plan(service.cutAfter(0, Status.OUT_OF_RANGE));

        assertThatThrownBy(() -> writeAll(LogRequest.of(ID).fromOffset(99)))
                .isInstanceOf(OffsetOutOfRangeException.class);
    }

    @Test
    void refusesALogWithAnotherChecksum() {
        service.hasLog("one\n");
        service.claimsChecksum(42);

        assertThatThrownBy(() -> writeAll(LogRequest.of(ID)))
                .isInstanceOf(LogCorruptedException.class)
                .hasMessageContaining("0000002a");
    }

    @Test
    void refusesALogOfAnotherSizeWhereverItBegan() {
        service.hasLog("one\n");
        service.claimsSize(5);

        assertThatThrownBy(() -> writeAll(LogRequest.of(ID).fromOffset(2))).isInstanceOf(LogCorruptedException.class);
    }

    @Test
    void refusesAnEndAtAnotherOffset() {
        service.hasLog("one\n");
        service.plan(service.sendFirst(service.endMessage(4, LogEnd.Reason.REASON_FINISHED)));

        assertThatThrownBy(() -> writeAll(LogRequest.of(ID))).isInstanceOf(LogCorruptedException.class);
    }

    @Test
    void comparesOnlyTheSizeOfALogThatWasNotReadFromItsBeginning() throws Exception {
        service.hasLog("one\ntwo\n");
        service.claimsChecksum(42);

        LogEvent.End end = writeAll(LogRequest.of(ID).fromOffset(4));

        assertThat(out).hasToString("two\n");
        assertThat(end.isChecksummed()).isFalse();
        assertThat(end.isFinished()).isTrue();
    }

    @Test
    void resumesALogThatBeganWithItsLastLinesByOffset() throws Exception {
        service.hasLog("one\ntwo\nthree\n");
        service.plan(service.cutAfter(2, Status.UNAVAILABLE));

        writeAll(LogRequest.of(ID).tailLines(2));

        assertThat(out).hasToString("two\nthree\n");
        assertThat(service.streamRequests.take().getTailLines()).isEqualTo(2);
        assertThat(service.streamRequests.take().getFromOffset()).isEqualTo(8);
    }

    @Test
    void asksForTheLastLinesAgainAsLongAsNoOffsetIsKnown() throws Exception {
        service.hasLog("one\ntwo\n");
        service.plan(service.cutAfter(1, Status.UNAVAILABLE));

        List<LogEvent> events = readAll(client, LogRequest.of(ID).tailLines(1));

        assertThat(only(events, LogEvent.Resuming.class).offset()).isEqualTo(OptionalLong.empty());
        assertThat(service.streamRequests)
                .allMatch(StreamLogsRequest::hasTailLines)
                .hasSize(2);
        assertThat(bytesOf(events)).isEqualTo("two\n");
    }

    @Test
    void stopsAtThePresentEndOfALogThatStillGrows() throws Exception {
        service.hasLog("one\n");
        service.hasDeployment(FakeDeployService.succeeded().toBuilder()
                .setState(io.deploytail.v1.Deployment.State.STATE_RUNNING)
                .clearEndTime());
        service.claimsSize(17);

        LogEvent.End end = writeAll(LogRequest.of(ID).withoutFollowing());

        assertThat(service.streamRequests.take().getNoFollow()).isTrue();
        assertThat(end.isFinished()).isFalse();
        assertThat(end.offset()).isEqualTo(4);
    }

    @Test
    void handsOverAGapInItsPlaceAndComparesTheSizeOnly() throws Exception {
        service.hasLog("one\ntwo\nthree\n");
        service.claimsChecksum(42);
        service.plan(sendOnly(
                service.deploymentMessage(),
                service.chunkMessage(0, 4),
                gapMessage(LogGap.newBuilder()
                        .setOffset(4)
                        .setNextOffset(8)
                        .setReason(Reason.REASON_COPIER_LOST)
                        .setAtLeast(true)),
                heartbeatMessage(8, 5),
                service.chunkMessage(8, 14),
                service.endMessage(14, LogEnd.Reason.REASON_FINISHED)));

        List<LogEvent> events = readAll(client, LogRequest.of(ID));

        assertThat(events.get(2)).hasToString("Gap 4..8 COPIER_LOST");
        LogEvent.Gap gap = only(events, LogEvent.Gap.class);
        assertThat(gap.reason()).isEqualTo(GapReason.COPIER_LOST);
        assertThat(gap.isAtLeast()).isTrue();
        assertThat(gap.toJson())
                .contains("{\"gap\":{\"offset\":\"4\",\"nextOffset\":\"8\",\"reason\":\"REASON_COPIER_LOST\","
                        + "\"atLeast\":true}}");
        assertThat(bytesOf(events)).isEqualTo("one\nthree\n");
        assertThat(only(events, LogEvent.End.class).isChecksummed()).isFalse();
        assertThat(only(events, LogEvent.End.class).isFinished()).isTrue();
    }

    @Test
    void refusesALogWithAGapIfItHasAnotherSize() {
        service.hasLog("one\ntwo\n");
        service.claimsSize(9);
        service.plan(sendOnly(
                service.deploymentMessage(),
                gapMessage(0, 8, Reason.REASON_DISK_FULL),
                service.endMessage(8, LogEnd.Reason.REASON_FINISHED)));

        assertThatThrownBy(() -> writeAll(LogRequest.of(ID))).isInstanceOf(LogCorruptedException.class);
    }

    @Test
    void resumesBehindAGap() throws Exception {
        service.hasLog("one\ntwo\nthree\n");
        service.plan(sendOnly(
                service.deploymentMessage(), service.chunkMessage(0, 4), gapMessage(4, 8, Reason.REASON_LOG_LIMIT)));

        List<LogEvent> events = readAll(client, LogRequest.of(ID));

        assertThat(bytesOf(events)).isEqualTo("one\nthree\n");
        assertThat(service.streamRequests)
                .extracting(StreamLogsRequest::getFromOffset)
                .containsExactly(0L, 8L);
        assertThat(only(events, LogEvent.End.class).isChecksummed()).isFalse();
    }

    @Test
    void aTailMayBeginInAGap() throws Exception {
        service.hasLog("one\ntwo\nthree\n");
        service.plan(sendOnly(
                service.deploymentMessage(),
                gapMessage(4, 8, Reason.REASON_LOG_LIMIT),
                service.chunkMessage(8, 14),
                service.endMessage(14, LogEnd.Reason.REASON_FINISHED)));

        List<LogEvent> events = readAll(client, LogRequest.of(ID).tailLines(2));

        assertThat(only(events, LogEvent.Gap.class).reason()).isEqualTo(GapReason.LOG_LIMIT);
        assertThat(bytesOf(events)).isEqualTo("three\n");
    }

    @Test
    void aGapThatIsNotWhereTheLogGoesOnOrIsEmptyIsAFault() throws Exception {
        service.hasLog("one\ntwo\n");
        for (StreamLogsResponse fault : List.of(
                gapMessage(5, 8, Reason.REASON_DISK_FULL),
                gapMessage(3, 8, Reason.REASON_DISK_FULL),
                gapMessage(4, 4, Reason.REASON_DISK_FULL))) {
            service.plan(sendOnly(service.deploymentMessage(), service.chunkMessage(0, 4), fault));
            service.streamRequests.clear();

            List<LogEvent> events = readAll(client, LogRequest.of(ID));

            assertThat(bytesOf(events)).isEqualTo("one\ntwo\n");
            assertThat(events).noneMatch(LogEvent.Gap.class::isInstance);
            assertThat(only(events, LogEvent.End.class).isChecksummed()).isTrue();
            assertThat(service.streamRequests).hasSize(2);
        }
    }

    @Test
    void aGapForAReasonOfTheFutureIsAGap() throws Exception {
        service.hasLog("one\n");
        service.plan(sendOnly(
                service.deploymentMessage(),
                gapMessage(LogGap.newBuilder().setNextOffset(4).setReasonValue(99)),
                service.endMessage(4, LogEnd.Reason.REASON_FINISHED)));

        assertThat(only(readAll(client, LogRequest.of(ID)), LogEvent.Gap.class).reason())
                .isEqualTo(GapReason.UNKNOWN);
    }

    @Test
    void aJumpAfterAnUnknownEventIsAGap() throws Exception {
        service.hasLog("one\ntwo\nthree\n");
        service.plan(sendOnly(
                service.deploymentMessage(),
                service.chunkMessage(0, 4),
                STRANGER,
                service.chunkMessage(8, 14),
                service.endMessage(14, LogEnd.Reason.REASON_FINISHED)));

        List<LogEvent> events = readAll(client, LogRequest.of(ID));

        LogEvent.Gap gap = only(events, LogEvent.Gap.class);
        assertThat(gap).hasToString("Gap 4..8 UNKNOWN");
        assertThat(gap.toJson()).contains("{\"gap\":{\"offset\":\"4\",\"nextOffset\":\"8\"}}");
        assertThat(bytesOf(events)).isEqualTo("one\nthree\n");
        assertThat(only(events, LogEvent.End.class).isChecksummed()).isFalse();
    }

    @Test
    void aJumpWithoutAnyReasonIsAFaultAndTheBytesAreAskedForAgain() throws Exception {
        service.hasLog("one\ntwo\n");
        service.plan(sendOnly(service.deploymentMessage(), service.chunkMessage(4, 8)));
        service.plan(sendOnly(service.deploymentMessage(), heartbeatMessage(8, 5)));
        service.plan(sendOnly(service.deploymentMessage(), chunkMessage(0, 5, new byte[] {'o', 'n', 'e', '\n'})));

        assertThat(bytesOf(readAll(client, LogRequest.of(ID)))).isEqualTo("one\ntwo\n");
        assertThat(service.streamRequests)
                .extracting(StreamLogsRequest::getFromOffset)
                .containsOnly(0L)
                .hasSize(4);
    }

    @Test
    void passesOnHeartbeats() throws Exception {
        service.hasLog("one\n");
        service.plan(service.sendFirst(heartbeatMessage(0, 7)));

        LogEvent.Heartbeat heartbeat = only(readAll(client, LogRequest.of(ID)), LogEvent.Heartbeat.class);

        assertThat(heartbeat.silentFor()).hasValue(Duration.ofSeconds(7));
    }

    @Test
    void resumesWhenNothingIsHeard() throws Exception {
        service.hasLog("one\ntwo\n");
        service.plan(service.hangBeforeEnd());
        CountDownLatch cancelled = new CountDownLatch(1);
        service.plan((request, stream) -> stream.setOnCancelHandler(cancelled::countDown));

        DeploytailClient impatient =
                server.clientBuilder().silenceLimit(Duration.ofMillis(20)).build();

        assertThat(bytesOf(readAll(impatient, LogRequest.of(ID)))).isEqualTo("one\ntwo\n");
        assertThat(cancelled.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aSlowCallerHoldsTheServerBack() throws Exception {
        int lines = 1_000;
        service.hasLog("x\n".repeat(lines));
        AtomicInteger sent = new AtomicInteger();
        service.plan((request, stream) -> stream.setOnReadyHandler(() -> {
            while (stream.isReady() && sent.get() < lines) {
                int offset = 2 * sent.getAndIncrement();
                stream.onNext(service.chunkMessage(offset, offset + 2));
            }
            if (stream.isReady() && sent.compareAndSet(lines, lines + 1)) {
                stream.onNext(service.endMessage(2L * lines, LogEnd.Reason.REASON_FINISHED));
                stream.onCompleted();
            }
        }));

        int taken = 0;
        try (LogStream log = client.follow(ID)) {
            while (log.hasNext()) {
                log.next();
                taken++;
                assertThat(sent.get() - taken).isLessThanOrEqualTo(StreamCall.WINDOW);
            }
        }
        assertThat(taken).isEqualTo(lines + 1);
    }

    @Test
    void closingFromAnotherThreadWakesTheReader() throws Exception {
        CountDownLatch cancelled = new CountDownLatch(1);
        service.plan((request, stream) -> {
            stream.setOnCancelHandler(cancelled::countDown);
            stream.onNext(service.deploymentMessage());
        });
        LogStream log = client.follow(ID);
        log.next();

        CompletableFuture<LogEvent> waiting = CompletableFuture.supplyAsync(() -> uninterrupted(log));
        log.close();

        assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(CancellationException.class);
        assertThat(cancelled.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(log.hasNext()).isFalse();
    }

    @Test
    void closingTheClientEndsAStreamOfAChannelThatWasGiven() throws Exception {
        service.plan((request, stream) -> stream.onNext(service.deploymentMessage()));
        LogStream log = client.follow(ID);
        log.next();
        CompletableFuture<LogEvent> waiting = CompletableFuture.supplyAsync(() -> uninterrupted(log));

        client.close();

        assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> client.follow(ID).next()).isInstanceOf(CancellationException.class);
    }

    @Test
    void closingTheClientEndsAPauseBeforeTheNextAttempt() {
        Duration pause = Duration.ofMinutes(10);
        DeploytailClient slow = server.clientBuilder()
                .retryPolicy(FakeServer.QUICK.withDelays(pause, pause))
                .build();
        service.plan(service.cutAfter(1, Status.UNAVAILABLE));
        LogStream log = slow.follow(ID);

        assertThatThrownBy(() -> {
                    while (!(log.next() instanceof LogEvent.Resuming)) {}
                    slow.close();
                    log.next();
                })
                .isInstanceOf(CancellationException.class);
    }

    @Test
    void anInterruptLosesNothing() throws Exception {
        service.hasLog("one\n");
        try (LogStream log = client.follow(ID)) {
            Thread.currentThread().interrupt();

            assertThatThrownBy(log::next).isInstanceOf(InterruptedException.class);

            assertThat(log.writeTo(out).isChecksummed()).isTrue();
        }
    }

    @Test
    void aStreamCannotBeginBeforeTheLog() {
        assertThatThrownBy(() -> LogRequest.of(ID).fromOffset(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LogRequest.of(ID).tailLines(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void hasNothingAfterTheEnd() throws Exception {
        try (LogStream log = client.follow(ID)) {
            log.writeTo(out);

            assertThat(log.hasNext()).isFalse();
            assertThatThrownBy(log::next).isInstanceOf(NoSuchElementException.class);
        }
    }

    private LogEvent.End writeAll(LogRequest request) throws Exception {
        try (LogStream log = client.follow(request)) {
            return log.writeTo(out);
        }
    }

    private static List<LogEvent> readAll(DeploytailClient client, LogRequest request) throws InterruptedException {
        List<LogEvent> events = new ArrayList<>();
        try (LogStream log = client.follow(request)) {
            while (log.hasNext()) {
                events.add(log.next());
            }
        }
        return events;
    }

    private static String bytesOf(List<LogEvent> events) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        events.stream()
                .filter(LogEvent.Chunk.class::isInstance)
                .forEach(chunk -> bytes.writeBytes(((LogEvent.Chunk) chunk).bytes()));
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static <E extends LogEvent> E only(List<LogEvent> events, Class<E> kind) {
        List<LogEvent> found = events.stream().filter(kind::isInstance).toList();
        assertThat(found).hasSize(1);
        return kind.cast(found.get(0));
    }

    private static LogEvent uninterrupted(LogStream log) {
        try {
            return log.next();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
