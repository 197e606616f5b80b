package io.deploytail.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.EndReason;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.Stop;
import io.deploytail.server.storage.Durability;
import io.deploytail.server.storage.SqliteStorage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FinishedLogPrinterTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void whatHasEndedBeforeThePrintingBeginsIsPrintedThenInItsOrder(@TempDir Path directory) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (SqliteStorage storage =
                SqliteStorage.open(directory.resolve("test.db"), Durability.NORMAL, isWell -> {})) {
            FinishedLogPrinter printer =
                    new FinishedLogPrinter(storage.logs(), new PrintStream(printed, true, UTF_8), Runnable::run);
            Deployment one = ended(storage);
            Deployment two = ended(storage);
            printer.print(one);
            printer.print(two);
            assertThat(printed.size()).isZero();

            printer.begin();

            assertThat(printed.toString(UTF_8)).isEqualTo(block(one) + block(two));
            Deployment three = ended(storage);
            printer.print(three);
            assertThat(printed.toString(UTF_8)).endsWith(block(three));
        }
    }

    /** One that was cancelled while it waited behind another. */
    private static Deployment ended(SqliteStorage storage) {
        admit(storage);
        return storage.deployments().requestStop(admit(storage), new Stop(EndReason.CANCELLED, NOW, ""));
    }

    private static DeploymentId admit(SqliteStorage storage) {
        DeployRequest request = new DeployRequest(
                "", "shop", List.of("true"), Map.of(), "", Map.of(), Optional.empty(), Optional.empty(), false);
        DeploymentId id = DeploymentId.create(NOW);
        storage.deployments().admit(id, request, "/", NOW, new Limits(1, 10));
        return id;
    }

    private static String block(Deployment ended) {
        return "--- deployment " + ended.id() + " target shop\n--- end of deployment " + ended.id() + " CANCELLED\n";
    }
}
