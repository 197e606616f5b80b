package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.StartDeployRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the server keeps is its user's only, whatever its umask is. */
@Timeout(60)
class FilePermissionsTest {
    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() {
        server = TestServer.start(directory.resolve("data"));
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void nobodyElseReadsWhatIsKept() throws Exception {
        Deployment running = server.start(StartDeployRequest.newBuilder()
                .addAllCommand(List.of("sh", "-c", "echo hello; exec sleep 60"))
                .putSecretEnv("TOKEN", "correct horse"));
        server.follow(running).awaitText("hello\n").cancel();

        List<Path> kept;
        try (Stream<Path> files = Files.walk(directory.resolve("data"))) {
            kept = files.toList();
        }

        assertThat(kept)
                .extracting(path -> path.getFileName().toString())
                .contains("data", "deploytail.db", "deploytail.db-wal", "deploytail.db-shm", "deploytail.lock")
                .contains("runs", running.getDeploymentId(), "secrets", "command.sh", "claimed", "command.id");
        assertThat(kept)
                .allSatisfy(path -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                        .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
        server.cancel(running.getDeploymentId());
        server.awaitEnd(running);
    }

    @Test
    void commandHasTheUmaskOfTheServer() throws Exception {
        String status = Files.readString(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1);

        assertThat(status).contains("Umask:\t" + server.text(server.run("sh", "-c", "umask")));
    }
}
