package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.StartDeployRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A copy of the database, made while the server runs, and what becomes of deployments when a server goes back to it. */
@Timeout(120)
class BackupTest {
    @TempDir
    private Path directory;

    private Path data;
    private Path copy;
    private TestServer server;

    @BeforeEach
    void start() {
        data = directory.resolve("data");
        copy = directory.resolve("copy.db");
        server = TestServer.start(data);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void copyHasWhatWasCommittedAndTheServerGoesOn() throws Exception {
        Gate gate = Gate.in(directory, "gate");
        Deployment ended = server.run("seq", "100000");
        byte[] log = server.log(ended);
        Deployment running = server.shell("echo before; " + gate.await() + "; echo after");
        Follower follower = server.follow(running).awaitText("before\n");

        assertThat(backUp()).isEmpty();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy)))
                .isEqualTo("rw-------");
        gate.open();
        follower.end();
        assertThat(follower.text()).isEqualTo("before\nafter\n");
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.copy(copy, elsewhere.resolve("deploytail.db"));
        try (TestServer other = TestServer.start(elsewhere)) {
            assertThat(other.log(ended)).isEqualTo(log);
            assertThat(other.text(running)).startsWith("before\n").doesNotContain("after");
            assertThat(other.get(running.getDeploymentId()).getEndReason())
                    .isEqualTo(Deployment.EndReason.END_REASON_INTERRUPTED);
        }
    }

    @Test
    void copyMadeUnderLoadHasAWholeBeginningOfTheLog() throws Exception {
        Deployment flood = server.shell("for i in $(seq 60); do seq 10000; sleep 0.05; done; sleep 60");
        server.follow(flood).awaitText("\n1000\n").cancel();

        assertThat(backUp()).isEmpty();

        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Files.copy(copy, elsewhere.resolve("deploytail.db"));
        server.cancel(flood.getDeploymentId());
        byte[] whole = server.log(flood);
        try (TestServer other = TestServer.start(elsewhere)) {
            byte[] beginning = other.log(flood);
            assertThat(beginning.length).isGreaterThan(4_000);
            assertThat(whole).startsWith(beginning);
        }
    }

    @Test
    void commandThatOutlivesTheReturnToACopyIsTakenUpAgain() throws Exception {
        Gate first = Gate.in(directory, "first");
        Gate second = Gate.in(directory, "second");
        Deployment running =
                server.shell("echo one; " + first.await() + "; echo two; " + second.await() + "; echo three");
        server.follow(running).awaitText("one\n").cancel();
        assertThat(backUp()).isEmpty();
        first.open();
        server.follow(running).awaitText("two\n").cancel();

        goBackToTheCopy();
        second.open();

        assertThat(server.awaitEnd(running).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        assertThat(server.text(running)).isEqualTo("one\ntwo\nthree\n");
    }

    @Test
    void whatWaitedInTheCopyIsNeitherRunTwiceNorLost() throws Exception {
        Gate holding = Gate.in(directory, "holding");
        Gate slow = Gate.in(directory, "slow");
        Path ran = directory.resolve("ran");
        Deployment holder = onTarget("shop", holding.await());
        Deployment endsSoon = onTarget("shop", "echo soon >>" + ran);
        Deployment runsOn = onTarget("shop", "echo slow >>" + ran + "; echo one; " + slow.await() + "; echo two");
        assertThat(runsOn.getState()).isEqualTo(Deployment.State.STATE_QUEUED);
        assertThat(backUp()).isEmpty();
        holding.open();
        server.follow(runsOn).awaitText("one\n").cancel();

        goBackToTheCopy();
        slow.open();

        for (Deployment gone : List.of(holder, endsSoon)) {
            assertThat(server.awaitEnd(gone).getEndReason()).isEqualTo(Deployment.EndReason.END_REASON_INTERRUPTED);
        }
        assertThat(server.awaitEnd(runsOn).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        assertThat(server.text(runsOn)).isEqualTo("one\ntwo\n");
        assertThat(ran).hasContent("soon\nslow");
    }

    private Deployment onTarget(String target, String script) {
        return server.start(
                StartDeployRequest.newBuilder().setTarget(target).addAllCommand(List.of("sh", "-c", script)));
    }

    @Test
    void helpIsThereAndOptionsOfTheServerAreRefused() {
        assertThat(run("backup", "--help")).contains("To go back to the copy");
        assertThat(run("--data-dir", data.toString(), "backup", copy.toString()))
                .contains("the server's options mean nothing to 'backup'");
        assertThat(copy).doesNotExist();
    }

    /** What the whole program says. */
    private static String run(String... line) {
        StringWriter said = new StringWriter();
        Main.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(said))
                .execute(line);
        return said.toString();
    }

    @Test
    void nothingIsOverwrittenAndNothingIsLeftOfWhatFails() throws Exception {
        Files.writeString(copy, "precious");
        assertThat(backUp()).contains(copy + " exists already");
        assertThat(Files.readString(copy)).isEqualTo("precious");

        assertThat(execute("--data-dir", directory.resolve("none").toString(), directory + "/x"))
                .contains("deploytail.db does not exist");
        assertThat(execute("--data-dir", data.toString(), directory + "/none/x"))
                .contains(directory.resolve("none") + " does not exist");
        Files.writeString(Files.createDirectory(directory.resolve("bad")).resolve("deploytail.db"), "no database");
        assertThat(execute("--data-dir", directory.resolve("bad").toString(), directory + "/x"))
                .contains("file is not a database");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("data", "copy.db", "bad");
        }
    }

    private void goBackToTheCopy() throws IOException {
        server.stop();
        for (String sideFile : List.of("-wal", "-shm")) {
            Files.deleteIfExists(data.resolve("deploytail.db" + sideFile));
        }
        Files.copy(copy, data.resolve("deploytail.db"), StandardCopyOption.REPLACE_EXISTING);
        server.restart();
    }

    private String backUp() {
        return execute("--data-dir", data.toString(), copy.toString());
    }

    /** What the command complains of; empty if it has exited with 0. */
    private static String execute(String... line) {
        StringWriter complaint = new StringWriter();
        int exit = new CommandLine(new BackupCommand())
                .setErr(new PrintWriter(complaint))
                .execute(line);
        assertThat(exit == 0).isEqualTo(complaint.toString().isEmpty());
        return complaint.toString();
    }
}
