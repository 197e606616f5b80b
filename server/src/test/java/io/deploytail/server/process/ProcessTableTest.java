package io.deploytail.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.DeploymentId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcessTableTest {
    private static final int SCANS = 500;

    private final DeploymentId id = DeploymentId.create(Instant.now());

    @Test
    void processIsFoundWhileItBecomesAnotherProgram(@TempDir Path directory) throws Exception {
        Path script = Files.writeString(directory.resolve("again.sh"), "exec sh again.sh\n");
        Process restless = start(directory, "sh", script.toString());
        try {
            for (int scan = 0; scan < SCANS; scan++) {
                assertThat(ProcessTable.processesOf(OptionalLong.empty(), ProcessTable.mark(id), Set.of()))
                        .as("scan %d", scan)
                        .extracting(ProcessStat::pid)
                        .containsExactly(restless.pid());
            }
        } finally {
            restless.destroyForcibly().waitFor();
        }
    }

    private Process start(Path directory, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put(DeploymentId.ENVIRONMENT_NAME, id.text());
        return builder.start();
    }
}
