package io.deploytail.client.cli;

import static io.deploytail.client.FakeDeployService.ID;
import static io.deploytail.client.FakeDeployService.gapMessage;
import static io.deploytail.client.FakeDeployService.heartbeatMessage;
import static io.deploytail.client.FakeDeployService.sendOnly;
import static io.deploytail.client.FakeDeployService.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import io.deploytail.client.FakeDeployService;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.Deployment.EndReason;
import io.deploytail.v1.Deployment.State;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.LogGap;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands {@code run} and {@code logs}. */
@Timeout(60)
class FollowingTest {
    private final CliRun cli = new CliRun();
    private final FakeDeployService service = cli.server.service;

    @AfterEach
    void closeServer() {
        cli.close();
    }

    @Test
    void runPrintsTheLogAloneOnStandardOutputAndTheRestOnStandardError() throws Exception {
        service.hasLog("building\ndone\n");

        int exitCode = cli.execute("run", "--", "./release.sh", "--fast");

        assertThat(exitCode).isZero();
        assertThat(cli.out()).isEqualTo("building\ndone\n");
        assertThat(cli.err()).isEqualTo("deployment " + ID + " SUCCEEDED, exit code 0, 1 min 12 s, log 14 bytes\n");
        assertThat(service.startRequests.take().getCommandList()).containsExactly("./release.sh", "--fast");
    }

    @ParameterizedTest
    @CsvSource({
        "END_REASON_EXITED, 3, , 3",
        "END_REASON_FAILED_TO_START, 127, , 127",
        "END_REASON_FAILED_TO_START, 126, , 126",
        "END_REASON_SIGNALLED, , 9, 137",
        "END_REASON_CANCELLED, , , 203",
        "END_REASON_TIMED_OUT, , , 204",
        "END_REASON_SILENT_TOO_LONG, , , 204",
        "END_REASON_INTERRUPTED, , , 205"
    })
    void runExitsAsTheDeploymentEndedAndLogsExitsWithZero(
            EndReason reason, Integer exitCode, Integer signal, int expected) {
        Deployment.Builder deployment = succeeded().toBuilder()
                .setState(State.STATE_FAILED)
                .setEndReason(reason)
                .clearExitCode();
        if (exitCode != null) {
            deployment.setExitCode(exitCode);
        }
        if (signal != null) {
            deployment.setSignal(signal);
        }
        service.hasDeployment(deployment);

        assertThat(cli.execute("run", "--", "true")).isEqualTo(expected);
        assertThat(cli.execute("logs", ID)).isZero();
    }

    @Test
    void saysWhenTheDeploymentWaitsAndWhenItStarts() {
        Deployment.Builder queued = succeeded().toBuilder()
                .setState(State.STATE_QUEUED)
                .clearEndReason()
                .clearEndTime()
                .setQueuePosition(2)
                .setQueueHolderId("other");
        service.hasDeployment(queued);
        StreamLogsResponse waiting = service.deploymentMessage();
        service.hasDeployment(queued.setState(State.STATE_RUNNING));
        StreamLogsResponse running = service.deploymentMessage();
        service.hasDeployment(succeeded().toBuilder());
        service.plan(service.sendFirst(waiting, waiting, running, running));

        cli.execute("logs", ID);

        assertThat(cli.err().lines())
                .containsExactly(
                        "deployment " + ID + " is queued behind other, position 2",
                        "deployment " + ID + " started",
                        "deployment " + ID + " SUCCEEDED, exit code 0, 1 min 12 s, log 0 bytes");
    }

    @Test
    void runSaysThatItHasStarted() {
        service.hasDeployment(
                succeeded().toBuilder().setState(State.STATE_RUNNING).clearEndTime());
        service.plan((request, stream) -> {
            service.hasDeployment(succeeded().toBuilder());
            service.cutAfter(2, Status.OK).play(request, stream);
        });

        cli.execute("run", "--", "true");

        assertThat(cli.err()).startsWith("deployment " + ID + " started\n");
    }

    @Test
    void aCutIsMentionedOnceAndNothingIsPrintedTwice() {
        service.hasLog("one\ntwo\n");
        service.plan(service.cutAfter(2, Status.UNAVAILABLE.withDescription("going away\033[2J")));
        service.plan(service.cutAfter(0, Status.UNAVAILABLE));

        assertThat(cli.execute("logs", ID)).isZero();

        assertThat(cli.out()).isEqualTo("one\ntwo\n");
        assertThat(cli.err())
                .containsOnlyOnce("connection lost (going away\\u001b[2J); resuming from offset 4\n")
                .doesNotContain("\033");
    }

    @Test
    void aServerThatStaysAwayEndsInTheCommandToReadOnWith() {
        cli.impatient();
        service.hasLog("one\ntwo\n");
        service.plan(service.cutAfter(2, Status.UNAVAILABLE));

        int exitCode = cli.execute("logs", "--server", "a:1", ID);

        assertThat(exitCode).isEqualTo(201);
        assertThat(cli.out()).isEqualTo("one\n");
        assertThat(cli.err()).contains("read on with: deploytail logs " + ID + " --from-offset 4 --server a:1\n");
    }

    @Test
    void reconnectForIsForTheFirstConnectionToo() {
        cli.impatient();
        service.plan(service.cutAfter(0, Status.UNAVAILABLE));
        service.plan(service.cutAfter(0, Status.UNAVAILABLE));

        assertThat(cli.execute("logs", ID)).isEqualTo(201);
        assertThat(cli.execute("logs", "--reconnect-for", "1m", ID)).isZero();
    }

    @Test
    void logsBeginsWhereItIsTold() throws Exception {
        service.hasLog("one\ntwo\nthree\n");

        cli.execute("logs", ID, "--tail", "1");
        cli.execute("logs", ID, "--from-offset", "8", "--no-follow");

        assertThat(cli.out()).isEqualTo("three\nthree\n");
        assertThat(service.streamRequests.take().getNoFollow()).isFalse();
        StreamLogsRequest second = service.streamRequests.take();
        assertThat(second.getFromOffset()).isEqualTo(8);
        assertThat(second.getNoFollow()).isTrue();
    }

    @Test
    void logsAcceptsTheWordsOfOtherTools() throws Exception {
        cli.execute("logs", "-f", "-n", "5", ID);

        StreamLogsRequest request = service.streamRequests.take();
        assertThat(request.getNoFollow()).isFalse();
        assertThat(request.getTailLines()).isEqualTo(5);
    }

    @Test
    void logsLatestPrintsTheNewest() throws Exception {
        service.lists(
                succeeded(), succeeded().toBuilder().setDeploymentId("older").build());

        cli.execute("logs", "latest");

        assertThat(service.listRequests.take().getPageSize()).isEqualTo(1);
        assertThat(service.streamRequests.take().getDeploymentId()).isEqualTo(ID);
    }

    @Test
    void timestampsBeginEachLine() {
        service.hasLog("one\ntwo\n");

        cli.execute("logs", "--timestamps", ID);

        assertThat(cli.out()).isEqualTo("2023-11-14T22:13:21.250Z one\n2023-11-14T22:13:21.250Z two\n");
    }

    @Test
    void jsonIsOneMessagePerLine() throws Exception {
        service.hasLog("one\n\"two\"\033[0m\u009b\n");

        cli.execute("logs", "--json", ID);

        assertThat(cli.out()).doesNotContain("\033", "\u009b");
        StringBuilder text = new StringBuilder();
        List<StreamLogsResponse.EventCase> kinds =
                cli.out().lines().map(line -> parsed(line, text)).collect(Collectors.toList());
        assertThat(kinds)
                .containsExactly(
                        StreamLogsResponse.EventCase.DEPLOYMENT,
                        StreamLogsResponse.EventCase.CHUNK,
                        StreamLogsResponse.EventCase.CHUNK,
                        StreamLogsResponse.EventCase.END);
        assertThat(text).hasToString("one\n\"two\"\033[0m\u009b\n");
    }

    private static StreamLogsResponse.EventCase parsed(String line, StringBuilder text) {
        StreamLogsResponse.Builder message = StreamLogsResponse.newBuilder();
        try {
            JsonFormat.parser().merge(line, message);
        } catch (IOException e) {
            throw new AssertionError(line, e);
        }
        text.append(message.getChunk().getText());
        return message.getEventCase();
    }

    @Test
    void aFileOrPipeGetsEveryByteAndATerminalOnlyHarmlessOnes() {
        byte[] log = {27, '[', '2', 'J', 0, (byte) 0xff, '\n'};
        service.hasLog(log);

        cli.execute("logs", ID);
        assertThat(cli.outBytes()).isEqualTo(log);

        cli.onTerminal().execute("logs", ID);
        assertThat(cli.out()).endsWith("^[[2J^@\\xff\n");

        cli.execute("logs", "--raw", ID);
        assertThat(cli.outBytes()).endsWith(log);
    }

    @ParameterizedTest
    @CsvSource({"'', running 1:40", "70, 'running 1:40, about 1:10 was expected'", "3700, running 1:40 of about 1:01:40"
    })
    void statusLineUnderTheLogSaysHowFarADeploymentIs(String expectedSeconds, String status) throws Exception {
        cli.onTerminal();
        service.hasLog("one\ntwo");
        Deployment.Builder running =
                succeeded().toBuilder().setState(State.STATE_RUNNING).clearEndTime();
        if (!expectedSeconds.isEmpty()) {
            running.getExpectedDurationBuilder().setSeconds(Long.parseLong(expectedSeconds));
        }
        CompletableFuture<ServerCallStreamObserver<StreamLogsResponse>> call = new CompletableFuture<>();
        service.plan((request, stream) -> {
            stream.onNext(StreamLogsResponse.newBuilder().setDeployment(running).build());
            stream.onNext(service.chunkMessage(0, 4));
            call.complete(stream);
        });

        CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> cli.execute("logs", ID));
        Runnable tick = cli.ticks.take();
        ServerCallStreamObserver<StreamLogsResponse> stream = call.get(30, TimeUnit.SECONDS);
        while (!cli.out().equals("one\n") || !cli.err().contains("running")) {
            tick.run();
            TimeUnit.MILLISECONDS.sleep(1);
        }
        stream.onNext(service.chunkMessage(4, 7)); // the status line must not be in the middle of this line
        stream.onNext(service.endMessage(7, LogEnd.Reason.REASON_FINISHED));
        stream.onCompleted();
        exit.get(30, TimeUnit.SECONDS);

        assertThat(cli.err()).startsWith("\r\033[K" + status).contains("\r\033[K\ndeployment " + ID);
        assertThat(cli.out()).isEqualTo("one\ntwo");
        assertThat(cli.ticks).isEmpty();
    }

    @Test
    void noStatusLineIsShownWhereNobodyCanSeeIt() throws Exception {
        service.hasLog("one\n");

        cli.execute("logs", ID);

        assertThat(cli.ticks).isEmpty();
        assertThat(cli.err()).doesNotContain("running");
    }

    @Test
    void aStatusLineIsErasedBeforeAnythingElseIsPrinted() {
        cli.withErrorsOnTerminal();
        service.hasLog("one\n");
        service.plan(service.sendFirst(service.deploymentMessage(), heartbeatMessage(0, 7), heartbeatMessage(0, 12)));

        cli.execute("logs", ID);

        assertThat(cli.err())
                .startsWith("\r\033[Kno output for 7.0 s\r\033[K\r\033[Kno output for 12.0 s\r\033[K")
                .endsWith("log 4 bytes\n");
        assertThat(cli.err().lastIndexOf("no output")).isLessThan(cli.err().lastIndexOf("\r\033[K"));
    }

    @ParameterizedTest
    @CsvSource({
        "'', 'queued, position 2, behind other'",
        "20, 'queued, position …'",
        "wide, 'queued, position 2, behind other'"
    })
    void aStatusLineBeginsWithThePlaceInTheQueueAndFitsTheTerminal(String columns, String expected) {
        cli.withErrorsOnTerminal().environment.put("COLUMNS", columns);
        service.hasDeployment(succeeded().toBuilder()
                .setState(State.STATE_QUEUED)
                .clearEndReason()
                .clearEndTime()
                .setQueuePosition(2)
                .setQueueHolderId("other"));
        StreamLogsResponse waiting = service.deploymentMessage();
        service.hasDeployment(succeeded().toBuilder());
        service.plan(service.sendFirst(waiting, waiting));

        cli.execute("logs", ID);

        assertThat(cli.err()).contains("\r\033[K" + expected + "\r\033[K");
    }

    @ParameterizedTest
    @CsvSource({
        "'red\\n', '\\033[0m', ''", // a colour moves no cursor
        "'red\\n', '\\033[31m', ''",
        "'a\\n', '\\033', '\\n'", // held back, and shown at the end
        "'a', '', '\\n'",
        "'a\\n', '', ''"
    })
    void theSummaryBeginsALineOfTheTerminal(String first, String second, String between) {
        cli.onTerminal();
        service.hasLog(first.translateEscapes() + second.translateEscapes());

        cli.execute("logs", ID);

        assertThat(cli.err()).startsWith(between.translateEscapes() + "deployment " + ID);
    }

    @Test
    void noColourIsRespected() {
        cli.onTerminal().environment.put("NO_COLOR", "1");

        cli.execute("logs", ID);

        assertThat(cli.err()).doesNotContain("\033[32m");
    }

    @Test
    void aReaderThatHasGoneEndsItWithoutAWord() {
        service.hasLog("one\n");
        cli.writingTo(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        });

        assertThat(cli.execute("logs", ID)).isEqualTo(141);
        assertThat(cli.err()).isEmpty();
    }

    @Test
    void aFullDiskIsSaid() {
        service.hasLog("one\n");
        cli.writingTo(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        });

        assertThat(cli.execute("logs", ID)).isEqualTo(208);
        assertThat(cli.err())
                .isEqualTo("deploytail: cannot write the output: No space left on device\n"
                        + "deploytail: the deployment is not cancelled; read on with: deploytail logs " + ID
                        + " --from-offset 0\n");
    }

    @Test
    void aLogThatIsNotWholeIsSaid() {
        service.hasLog("one\n");
        service.claimsChecksum(42);

        assertThat(cli.execute("run", "--", "true")).isEqualTo(207);
        assertThat(cli.err()).contains("CRC-32C").endsWith("read on with: deploytail logs " + ID + "\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    REASON_LOG_LIMIT   | 12349 | false | 12,345 bytes of the log are missing here: the command wrote more than the server keeps
                    REASON_DISK_FULL   | 6     | false | 2 bytes of the log are missing here: the server's disk was full
                    REASON_COPIER_LOST | 5     | true  | at least 1 byte of the log is missing here: what recorded the output on the server was killed, or its files were removed
                    REASON_UNSPECIFIED | 5     | false | 1 byte of the log is missing here
                    """)
    void aGapIsALineOnStandardErrorAndNothingOnStandardOutput(
            LogGap.Reason reason, long nextOffset, boolean atLeast, String line) {
        service.hasLog("one\ntwo\n");
        service.hasDeployment(succeeded().toBuilder().setLogMissingBytes(nextOffset - 4));
        service.claimsSize(nextOffset + 4);
        service.plan(sendOnly(
                service.deploymentMessage(),
                service.chunkMessage(0, 4),
                gapMessage(LogGap.newBuilder()
                        .setOffset(4)
                        .setNextOffset(nextOffset)
                        .setReason(reason)
                        .setAtLeast(atLeast)),
                FakeDeployService.chunkMessage(nextOffset, nextOffset + 4, "two\n".getBytes(StandardCharsets.UTF_8)),
                service.endMessage(nextOffset + 4, LogEnd.Reason.REASON_FINISHED)));

        assertThat(cli.execute("run", "--", "true")).isZero();

        assertThat(cli.out()).isEqualTo("one\ntwo\n");
        assertThat(cli.err().lines())
                .containsExactly(
                        line,
                        String.format(
                                "deployment %s SUCCEEDED, exit code 0, 1 min 12 s, log %,d bytes, %,d of them missing",
                                ID, nextOffset + 4, nextOffset - 4));
    }

    @Test
    void aGapEndsWhatTheTerminalShowsUnfinished() {
        cli.onTerminal();
        byte[] log = {'a', (byte) 0xc3, 0, (byte) 0xa9, '\n'};
        service.hasLog(log);
        service.plan(sendOnly(
                service.deploymentMessage(),
                service.chunkMessage(0, 2),
                gapMessage(2, 3, LogGap.Reason.REASON_DISK_FULL),
                service.chunkMessage(3, 5),
                service.endMessage(5, LogEnd.Reason.REASON_FINISHED)));

        cli.execute("logs", ID);

        assertThat(cli.out()).isEqualTo("a\\xc3\\xa9\n"); // no character was made of the two halves
        assertThat(cli.err()).startsWith("\n1 byte of the log is missing here: the server's disk was full\n");
    }

    @Test
    void aGapIsJsonToo() {
        service.hasLog("one\n");
        service.plan(sendOnly(
                service.deploymentMessage(),
                gapMessage(0, 4, LogGap.Reason.REASON_DISK_FULL),
                service.endMessage(4, LogEnd.Reason.REASON_FINISHED)));

        cli.execute("logs", "--json", ID);

        assertThat(cli.out()).contains("\n{\"gap\":{\"nextOffset\":\"4\",\"reason\":\"REASON_DISK_FULL\"}}\n{\"end\":");
    }

    @Test
    void whatIsReadOnAfterAGapBeginsBehindIt() {
        cli.impatient();
        service.hasLog("one\ntwo\n");
        service.plan(sendOnly(
                service.deploymentMessage(),
                service.chunkMessage(0, 4),
                gapMessage(4, 8, LogGap.Reason.REASON_DISK_FULL)));

        assertThat(cli.execute("logs", ID)).isEqualTo(201);

        assertThat(cli.err()).contains("read on with: deploytail logs " + ID + " --from-offset 8\n");
    }

    @Test
    void aServerThatFailsInTheMiddleIsNotTheEndOfTheDeployment() {
        service.hasLog("one\ntwo\n");
        service.plan(service.cutAfter(2, Status.PERMISSION_DENIED.withDescription("not yours")));

        assertThat(cli.execute("logs", ID)).isEqualTo(206);
        assertThat(cli.err())
                .isEqualTo(
                        "deploytail: not yours\ndeploytail: the deployment is not cancelled; read on with: deploytail"
                                + " logs " + ID + " --from-offset 4\n");
    }

    @Test
    void ctrlCStopsTheFollowingAndSaysHowToReadOn() throws Exception {
        service.hasLog("one\ntwo\n");
        CountDownLatch hanging = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        service.plan((request, stream) -> {
            stream.setOnCancelHandler(cancelled::countDown);
            stream.onNext(service.deploymentMessage());
            stream.onNext(service.chunkMessage(0, 4));
            stream.onNext(heartbeatMessage(4, 7));
        });
        OutputStream out = new OutputStream() {
            @Override
            public void write(int b) {
                hanging.countDown();
            }
        };

        CompletableFuture<Integer> exitCode =
                CompletableFuture.supplyAsync(() -> cli.writingTo(out).execute("run", "--", "true"));
        assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();
        cli.interrupts.take().run();

        assertThat(exitCode.get(30, TimeUnit.SECONDS)).isEqualTo(130);
        assertThat(cancelled.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(service.cancelRequests).isEmpty();
        assertThat(cli.err()).containsOnlyOnce("read on with: deploytail logs " + ID + " --from-offset 4\n");
    }
}
