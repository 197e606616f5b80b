package io.deploytail.client.cli;

import static io.deploytail.client.FakeDeployService.ID;
import static io.deploytail.client.FakeDeployService.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import io.deploytail.client.FakeDeployService;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.Deployment.State;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.StartDeployRequest;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line itself, and the commands that follow nothing. */
class CommandLineTest {
    private final CliRun cli = new CliRun();
    private final FakeDeployService service = cli.server.service;

    @AfterEach
    void closeServer() {
        cli.close();
    }

    @Test
    void startPrintsTheIdAndSendsEverythingItWasTold() throws Exception {
        cli.environment.put("TOKEN", "s3cret");

        int exitCode = cli.execute(
                "start",
                "--target",
                "web",
                "-e",
                "A=b=c",
                "-e",
                "TOKEN",
                "--env",
                "EMPTY=",
                "-C",
                "/srv",
                "-l",
                "branch=main",
                "--timeout",
                "1h30m",
                "--silence-timeout",
                "90s",
                "--request-id",
                "r1",
                "--no-queue",
                "--",
                "./release.sh");

        assertThat(exitCode).isZero();
        assertThat(cli.out()).isEqualTo(ID + "\n");
        assertThat(cli.err()).isEmpty();
        StartDeployRequest.Builder expected = StartDeployRequest.newBuilder()
                .setRequestId("r1")
                .setTarget("web")
                .addCommand("./release.sh")
                .putEnv("A", "b=c")
                .putEnv("TOKEN", "s3cret")
                .putEnv("EMPTY", "")
                .setWorkingDirectory("/srv")
                .putLabels("branch", "main")
                .setNoQueue(true);
        expected.getTimeoutBuilder().setSeconds(5400);
        expected.getSilenceTimeoutBuilder().setSeconds(90);
        assertThat(service.startRequests.take()).isEqualTo(expected.build());
    }

    @Test
    void theCommandToRunIsLeftAsItIs() throws Exception {
        cli.execute(
                "start", "--", "sh", "-c", "echo $HOME ${env:HOME}", "--", "-e", "@file", "'q'", "", "--server", "x");

        assertThat(service.startRequests.take().getCommandList())
                .containsExactly("sh", "-c", "echo $HOME ${env:HOME}", "--", "-e", "@file", "'q'", "", "--server", "x");
        assertThat(cli.addresses).containsExactly("127.0.0.1:50051");
    }

    @Test
    void optionsAfterTheProgramAreTheProgramsOwn() throws Exception {
        cli.execute("start", "--target", "web", "docker", "run", "--help", "-e", "A");

        assertThat(service.startRequests.take().getCommandList()).containsExactly("docker", "run", "--help", "-e", "A");
    }

    @Test
    void theServerCanBeNamedAnywhere() {
        cli.execute("--server", "a:1", "list");
        cli.execute("list", "--server", "b:2");
        cli.environment.put("DEPLOYTAIL_SERVER", "c:3");
        cli.execute("list");
        cli.execute("--server", "a:1", "list", "-n", "3");

        assertThat(cli.addresses).containsExactly("a:1", "b:2", "c:3", "a:1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "list --nonsense",
                "run",
                "run --timeout soon -- true",
                "start -e MISSING -- true",
                "start -l nolabel -- true",
                "logs",
                "logs ID --tail 1 --from-offset 2",
                "logs ID --json --raw",
                "logs ID --from-offset -1",
                "logs ID --tail=-1",
                "list --state sleeping",
                "list -n 0"
            })
    void whatIsNotUnderstoodExitsWith200AndPointsToTheHelp(String commandLine) {
        assertThat(cli.execute(commandLine.isEmpty() ? new String[0] : commandLine.split(" ")))
                .isEqualTo(200);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err()).startsWith("deploytail: ").contains("--help");
    }

    @Test
    void withoutACommandAllAreNamed() {
        cli.execute();

        assertThat(cli.err())
                .startsWith(
                        "deploytail: which command? There are run, start, logs, list, show, cancel, delete, recipes, completion\n");
    }

    @Test
    void withNothingButAnOptionAllAreNamedToo() {
        assertThat(cli.execute("--server", "127.0.0.1:1")).isEqualTo(200);

        assertThat(cli.err()).startsWith("deploytail: which command? There are run, start, logs, list, ");
    }

    @Test
    void eachCommandIsFoundByItsNameInFrontOfOptionsAndBehind() {
        cli.execute("--help");
        List<String> names = cli.out()
                .lines()
                .dropWhile(line -> !line.startsWith("Commands:"))
                .skip(1)
                .takeWhile(line -> line.startsWith("  "))
                .filter(line -> !line.startsWith("   "))
                .map(line -> line.trim().split(" ", 2)[0])
                .toList();

        assertThat(names).contains("run", "list", "completion");
        for (String name : names) {
            assertThat(helpBy(name, "--server", "127.0.0.1:1", "--help")).startsWith("Usage: deploytail " + name + " ");
            assertThat(helpBy("--server", "127.0.0.1:1", name, "--help")).startsWith("Usage: deploytail " + name + " ");
        }
    }

    private static String helpBy(String... args) {
        try (CliRun run = new CliRun()) {
            assertThat(run.execute(args)).isZero();
            return run.out();
        }
    }

    @Test
    void aMistakeIsNamedOnce() {
        cli.execute("logs", "ID", "--tail", "1", "--from-offset", "2");

        assertThat(cli.err()).startsWith("deploytail: --tail=LINES").doesNotContain("Error");
    }

    @Test
    void anAddressThatIsNoneIsToldWithAnExampleAndTheHelpOfTheCommand() {
        assertThat(cli.connectingForReal().execute("list", "--server", "a b")).isEqualTo(200);

        assertThat(cli.err().lines())
                .containsExactly(
                        "deploytail: not a server address (HOST:PORT, as in 127.0.0.1:50051, or unix:PATH): 'a b'",
                        "Try 'deploytail list --help'.");
    }

    @Test
    void ctrlCBeforeTheAnswerSaysHowToRepeatTheStart() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        service.answerNextCallBy(observer -> called.countDown());
        CompletableFuture<Integer> exitCode =
                CompletableFuture.supplyAsync(() -> cli.execute("start", "--request-id", "r1", "--", "true"));
        assertThat(called.await(30, TimeUnit.SECONDS)).isTrue();

        cli.interrupts.take().run();

        assertThat(exitCode.get(30, TimeUnit.SECONDS)).isEqualTo(130);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err())
                .isEqualTo("stopped before the server answered. Repeat it with --request-id r1 and it runs once only,"
                        + " even if it was started now\n");
    }

    @Test
    void helpTellsTheExitCodes() {
        assertThat(cli.execute("--help")).isZero();
        assertThat(cli.out()).contains("run ", "logs ", "--server=HOST:PORT", "127.0.0.1:50051");
        for (ExitCode exitCode : ExitCode.values()) {
            assertThat(cli.out()).contains("\n  " + exitCode.code() + " ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "UNAVAILABLE, 201",
        "DEADLINE_EXCEEDED, 201",
        "NOT_FOUND, 202",
        "INVALID_ARGUMENT, 206",
        "ALREADY_EXISTS, 206",
        "RESOURCE_EXHAUSTED, 206",
        "PERMISSION_DENIED, 206",
        "INTERNAL, 208",
        "UNIMPLEMENTED, 208"
    })
    void eachFailureIsOneLineAndAnExitCode(Status.Code code, int exitCode) {
        service.failNextCall(code.toStatus().withDescription("for a reason").asRuntimeException());

        assertThat(cli.impatient().execute("show", ID)).isEqualTo(exitCode);

        assertThat(cli.out()).isEmpty();
        assertThat(cli.err().lines()).hasSize(1);
        assertThat(cli.err()).startsWith("deploytail: ");
    }

    @Test
    void eachFieldThatBreaksARuleIsNamed() {
        BadRequest details = BadRequest.newBuilder()
                .addFieldViolations(BadRequest.FieldViolation.newBuilder()
                        .setField("target")
                        .setDescription("has more than 256 bytes"))
                .addFieldViolations(
                        BadRequest.FieldViolation.newBuilder().setField("env").setDescription("a name\033[2J"))
                .build();
        service.failNextCall(StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(Code.INVALID_ARGUMENT_VALUE)
                .addDetails(Any.pack(details))
                .build()));

        assertThat(cli.execute("start", "--", "true")).isEqualTo(206);

        assertThat(cli.err().lines())
                .containsExactly(
                        "deploytail: the server refuses the request:",
                        "  target: has more than 256 bytes",
                        "  env: a name\\u001b[2J");
    }

    @Test
    void listPrintsAnAlignedTableThatControlsNoTerminal() {
        Deployment queued = succeeded().toBuilder()
                .setDeploymentId("b")
                .setState(State.STATE_QUEUED)
                .clearStartTime()
                .clearEndTime()
                .setTarget("tenant\033[2J")
                .addCommand("it's\n")
                .setQueuePosition(2)
                .setQueueHolderId("a")
                .build();
        Deployment running = succeeded().toBuilder()
                .setState(State.STATE_RUNNING)
                .clearEndTime()
                .addCommand("x".repeat(80))
                .build();
        service.lists(queued, running);

        assertThat(cli.execute("list")).isZero();

        assertThat(cli.out().lines())
                .containsExactly(
                        "ID                                    STATE    TARGET           CREATED               DURATION"
                                + "    COMMAND",
                        "b                                     QUEUED   tenant\\u001b[2J  2023-11-14T22:13:20Z  -       "
                                + "    ./release.sh 'it'\\''s\\n' (position 2, behind a)",
                        ID + "  RUNNING  -                2023-11-14T22:13:20Z  1 min 40 s  ./release.sh "
                                + "x".repeat(46) + "…");
    }

    @Test
    void listAsksForWhatItWasTold() throws Exception {
        service.lists(succeeded(), succeeded(), succeeded());

        cli.execute("list", "--target", "web", "--state", "failed,running", "--label", "a=b", "-n", "2", "--json");

        ListDeploymentsRequest request = service.listRequests.take();
        assertThat(request.getTarget()).isEqualTo("web");
        assertThat(request.getStatesList()).containsExactly(State.STATE_FAILED, State.STATE_RUNNING);
        assertThat(request.getLabelsMap()).containsEntry("a", "b");
        assertThat(request.getPageSize()).isEqualTo(2);
        assertThat(cli.out().lines()).hasSize(2).allMatch(line -> line.startsWith("{\"deploymentId\":\"" + ID));
    }

    @Test
    void anEmptyListIsSaidOnStandardError() {
        assertThat(cli.execute("list")).isZero();
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err()).isEqualTo("there are no such deployments\n");
    }

    @Test
    void latestOfNoneIsNotFound() {
        assertThat(cli.execute("show", "latest")).isEqualTo(202);
    }

    @Test
    void showPrintsEverythingThatIsKnown() {
        service.hasLog("one\n");
        service.hasDeployment(succeeded().toBuilder()
                .setTarget("web")
                .putLabels("branch", "main")
                .putLabels("a", "b\n")
                .setMessage("exited"));

        assertThat(cli.execute("show", ID)).isZero();

        assertThat(cli.out())
                .isEqualTo("deployment  " + ID + "\n"
                        + "state       SUCCEEDED, exit code 0\n"
                        + "message     exited\n"
                        + "target      web\n"
                        + "command     ./release.sh\n"
                        + "directory   /srv\n"
                        + "labels      a=b\\n, branch=main\n"
                        + "created     2023-11-14T22:13:20Z\n"
                        + "started     2023-11-14T22:13:20Z\n"
                        + "ended       2023-11-14T22:14:32Z\n"
                        + "duration    1 min 12 s\n"
                        + "log         4 bytes, 0 lines, CRC-32C a2379c0d\n");
    }

    @Test
    void showTellsHowMuchOfTheLogIsMissing() {
        service.hasLog("one\n");
        service.claimsSize(23_456);
        service.hasDeployment(succeeded().toBuilder().setLogMissingBytes(12_345));

        cli.execute("show", ID);

        assertThat(cli.out()).contains("log         23,456 bytes, 12,345 of them missing, 0 lines, CRC-32C a2379c0d\n");
    }

    @Test
    void statesAreColouredOnATerminal() {
        cli.onTerminal().execute("show", ID);

        assertThat(cli.out()).contains("\033[32mSUCCEEDED\033[0m");
    }

    @Test
    void showJsonIsTheMessage() throws Exception {
        cli.execute("show", "--json", ID);

        Deployment.Builder deployment = Deployment.newBuilder();
        JsonFormat.parser().merge(cli.out(), deployment);
        assertThat(deployment.build()).isEqualTo(succeeded());
        assertThat(cli.out().lines()).hasSize(1);
    }

    @Test
    void cancelPassesTheReasonOn() throws Exception {
        service.hasDeployment(
                succeeded().toBuilder().setState(State.STATE_RUNNING).clearEndTime());

        assertThat(cli.execute("cancel", ID, "--reason", "wrong branch")).isZero();

        assertThat(service.cancelRequests.take().getReason()).isEqualTo("wrong branch");
        assertThat(cli.out()).isEmpty();
        assertThat(cli.err()).isEqualTo("deployment " + ID + " is being cancelled\n");
    }

    @Test
    void completionKnowsTheCommandsAndOptionsAndBothShells() {
        assertThat(cli.execute("completion")).isZero();
        assertThat(cli.out())
                .contains("run", "start", "logs", "list", "show", "cancel", "delete", "--silence-timeout")
                .contains("bashcompinit")
                .contains("complete -F _complete_deploytail");
    }
}
