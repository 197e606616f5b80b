package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.util.JsonFormat;
import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.Deployment.EndReason;
import io.deploytail.v1.StartDeployRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code --on-finish} does. */
class OnFinishTest {
    private static final Duration SOON =
            Duration.newBuilder().setNanos(100_000_000).build();

    @TempDir
    private Path directory;

    /** A command that keeps what it is told: a file for each deployment, a line for each time. */
    private String keep;

    @BeforeEach
    void makeRoom() throws IOException {
        keep = "cat >>'" + Files.createDirectory(directory.resolve("told")) + "'/$DEPLOYTAIL_DEPLOYMENT_ID";
    }

    @Test
    void everyEndIsToldOnceAsTheApiTellsIt() throws Exception {
        try (TestServer server = TestServer.start(data(), "--on-finish", keep)) {
            Deployment holder = server.start(request("sleep", "1000").setTarget("shop"));
            Deployment queued = server.start(request("true")
                    .setTarget("shop")
                    .putLabels("team", "payments")
                    .addCommand("üben\n\u0085"));
            server.cancel(queued.getDeploymentId());
            server.cancel(holder.getDeploymentId());
            Deployment interrupted = interrupted(server);
            List<Deployment> started = List.of(
                    queued,
                    holder,
                    server.run("true"),
                    server.shell("echo on; echo it; exit 3"),
                    server.shell("kill -KILL $$"),
                    server.run("/no/such/program"),
                    server.start(request("sleep", "1000").setTimeout(SOON)),
                    server.start(request("sleep", "1000").setSilenceTimeout(SOON)),
                    interrupted);

            List<Deployment> ended = new ArrayList<>();
            for (Deployment deployment : started) {
                ended.add(server.awaitEnd(deployment));
            }
            awaitAllTold();
            for (Deployment deployment : ended) {
                server.cancel(deployment.getDeploymentId()); // which is no further end
            }

            assertThat(ended)
                    .extracting(Deployment::getEndReason)
                    .containsExactly(
                            EndReason.END_REASON_CANCELLED,
                            EndReason.END_REASON_CANCELLED,
                            EndReason.END_REASON_EXITED,
                            EndReason.END_REASON_EXITED,
                            EndReason.END_REASON_SIGNALLED,
                            EndReason.END_REASON_FAILED_TO_START,
                            EndReason.END_REASON_TIMED_OUT,
                            EndReason.END_REASON_SILENT_TOO_LONG,
                            EndReason.END_REASON_INTERRUPTED);
            assertThat(notices()).isZero();
            for (Deployment deployment : ended) {
                assertThat(told(deployment)).containsExactly(deployment);
            }
        }
    }

    @Test
    void commandThatFailsIsRunAgainUntilItSucceeds() throws Exception {
        Path tries = directory.resolve("tries");
        String command = "echo x >>'" + tries + "'; [ $(wc -l <'" + tries + "') -ge 3 ] && " + keep;
        try (TestServer server = TestServer.start(data(), "--on-finish", command)) {
            Deployment ended = server.awaitEnd(server.run("true"));

            awaitAllTold();

            assertThat(told(ended)).containsExactly(ended);
            assertThat(tries).hasContent("x\nx\nx");
        }
    }

    @Test
    void whatWasNotToldOutlivesTheServerAndTheDeployment() throws Exception {
        Gate never = Gate.in(directory, "never");
        Path tries = directory.resolve("tries");
        Deployment ended;
        try (ServerProcess server =
                ServerProcess.start(data(), "--on-finish", "echo x >>'" + tries + "'; " + never.await())) {
            ended = server.awaitEnd(server.run("true"));
            RestartTest.waitForLine(tries, "x");
            server.kill();
        }
        never.open();
        try (TestServer server = TestServer.start(data())) {
            server.stub()
                    .deleteDeployment(DeleteDeploymentRequest.newBuilder()
                            .setDeploymentId(ended.getDeploymentId())
                            .build());
        }

        try (TestServer server = TestServer.start(data(), "--on-finish", keep)) {
            assertThat(server.address()).isNotEmpty();
            awaitAllTold();
            assertThat(told(ended)).containsExactly(ended);
        }
    }

    @Test
    void endThatIsRecordedAfterARestartIsTold() throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment;
        try (TestServer server = TestServer.start(data(), "--on-finish", keep)) {
            deployment = server.shell(go.await() + "; exit 5");
        }
        go.open();

        try (TestServer server = TestServer.start(data(), "--on-finish", keep)) {
            Deployment ended = server.awaitEnd(deployment);
            awaitAllTold();
            assertThat(told(ended)).containsExactly(ended);
        }
    }

    @Test
    void noMoreThanFourCommandsRunAtOnce() throws Exception {
        Gate go = Gate.in(directory, "go");
        Path running = Files.createDirectory(directory.resolve("running"));
        Path counts = directory.resolve("counts");
        String command = "cd '" + running + "' && : >$DEPLOYTAIL_DEPLOYMENT_ID && ls | wc -l >>'" + counts + "' && "
                + go.await() + " && rm $DEPLOYTAIL_DEPLOYMENT_ID";
        try (TestServer server = TestServer.start(data(), "--on-finish", command)) {
            for (int i = 0; i < 7; i++) {
                server.awaitEnd(server.run("true"));
            }
            RestartTest.waitForLine(counts, "4");

            go.open();
            awaitAllTold();

            assertThat(Files.readAllLines(counts)).hasSize(7).allMatch(count -> Integer.parseInt(count) <= 4);
        }
    }

    @Test
    void endThatCouldNotBeToldForADayIsGivenUp() throws Exception {
        SettableClock clock = new SettableClock();
        Path tries = directory.resolve("tries");
        try (TestServer server = TestServer.start(data(), clock, "--on-finish", "echo x >>'" + tries + "'; exit 1")) {
            server.awaitEnd(server.run("true"));
            Eventually.until("it has failed", () -> number("SELECT sum(failure_count) FROM end_notices") == 1);

            clock.forward(java.time.Duration.ofHours(25));

            awaitAllTold();
            assertThat(tries).hasContent("x");
        }
    }

    @Test
    @Timeout(60)
    void commandThatDoesNotEndDoesNotKeepTheServerFromStopping() throws Exception {
        Path pid = directory.resolve("pid");
        try (TestServer server = TestServer.start(
                data(), "--on-finish", "trap '' TERM; echo x $$ >>'" + pid + "'; sleep 1000; sleep 1000")) {
            server.awaitEnd(server.run("true"));
            Eventually.until("it runs", () -> Files.exists(pid) && Files.size(pid) > 0);

            server.stop();

            long command = Long.parseLong(Files.readString(pid).strip().split(" ", 2)[1]);
            assertThat(ProcessHandle.of(command).filter(ProcessHandle::isAlive)).isEmpty();
            assertThat(notices()).isEqualTo(1);
        }
    }

    @Test
    void withoutACommandNothingIsKeptToBeTold() throws Exception {
        try (TestServer server = TestServer.start(data())) {
            server.awaitEnd(server.run("true"));

            assertThat(notices()).isZero();
        }
    }

    /** One whose wrapper was killed. */
    private Deployment interrupted(TestServer server) throws Exception {
        Gate go = Gate.in(directory, "go");
        Deployment deployment = server.shell("echo ready; " + go.await());
        server.follow(deployment).awaitText("ready\n");
        String identity = Files.readString(
                server.runs().resolve(deployment.getDeploymentId()).resolve("claimed"));
        ProcessHandle.of(Long.parseLong(identity.split(" ", 3)[1]))
                .orElseThrow()
                .destroyForcibly();
        go.open();
        return deployment;
    }

    private static StartDeployRequest.Builder request(String... command) {
        return StartDeployRequest.newBuilder().addAllCommand(List.of(command));
    }

    private Path data() {
        return directory.resolve("data");
    }

    /** What was told of a deployment. */
    private List<Deployment> told(Deployment deployment) throws IOException {
        List<Deployment> told = new ArrayList<>();
        for (String line : Files.readAllLines(directory.resolve("told").resolve(deployment.getDeploymentId()))) {
            Deployment.Builder message = Deployment.newBuilder();
            JsonFormat.parser().merge(line, message);
            told.add(message.build());
        }
        return told;
    }

    private void awaitAllTold() throws Exception {
        Eventually.until("nothing is left to be told", () -> notices() == 0);
    }

    private long notices() throws SQLException {
        return number("SELECT count(*) FROM end_notices");
    }

    private long number(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data().resolve("deploytail.db"));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.getLong(1);
        }
    }
}
