package io.deploytail.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.EndReason;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.LogAppender;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.RequestDraft;
import io.deploytail.server.deployment.Stop;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.storage.Durability;
import io.deploytail.server.storage.SqliteStorage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FinishedLogPrinterTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private SqliteStorage storage;
    private FinishedLogPrinter printer;

    @BeforeEach
    void open(@TempDir Path directory) {
        storage = SqliteStorage.open(directory.resolve("test.db"), Durability.NORMAL, isWell -> {}, Tally.NONE);
        printer = new FinishedLogPrinter(storage.logs(), new PrintStream(printed, true, UTF_8), Runnable::run);
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Test
    void whatHasEndedBeforeThePrintingBeginsIsPrintedThenInItsOrder() {
        Deployment one = ended();
        Deployment two = ended();
        printer.print(one);
        printer.print(two);
        assertThat(printed.size()).isZero();

        printer.begin();

        assertThat(printed.toString(UTF_8)).isEqualTo(block(one) + block(two));
        Deployment three = ended();
        printer.print(three);
        assertThat(printed.toString(UTF_8)).endsWith(block(three));
    }

    @Test
    void gapIsALineOfItsOwn() {
        Deployment running = storage.deployments().find(admit()).orElseThrow();
        new LogAppender(storage.logs(), running)
                .appendGap(new LogGap(0, 1, LogGap.Reason.COPIER_LOST, false))
                .append("one\n")
                .append("two\n")
                .append("thr")
                .appendGap(7, LogGap.Reason.DISK_FULL)
                .evict(4, 4);
        printer.begin();

        printer.print(storage.deployments().finish(running.id(), Outcome.ofExitStatus(0), NOW));

        assertThat(printed.toString(UTF_8).lines())
                .containsExactly(
                        "--- deployment " + running.id() + " target shop",
                        "--- at least 1 byte is missing here: COPIER_LOST",
                        "one",
                        "--- 4 bytes are missing here: LOG_LIMIT",
                        "thr",
                        "--- 7 bytes are missing here: DISK_FULL",
                        "--- end of deployment " + running.id() + " SUCCEEDED");
    }

    /** One that was cancelled while it waited behind another. */
    private Deployment ended() {
        admit();
        return storage.deployments().requestStop(admit(), new Stop(EndReason.CANCELLED, NOW, "", ""));
    }

    private DeploymentId admit() {
        DeployRequest request = RequestDraft.plain().on("shop").running("true").request();
        DeploymentId id = DeploymentId.create(NOW);
        storage.deployments().admit(id, request, "/", NOW, new Limits(1, 10));
        return id;
    }

    private static String block(Deployment ended) {
        return "--- deployment " + ended.id() + " target shop\n--- end of deployment " + ended.id() + " CANCELLED\n";
    }
}
