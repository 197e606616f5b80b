package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    private Path directory;

    @Test
    void directoryThatIsHeldIsRefusedAndStaysLocked() throws IOException {
        Path link =
                Files.createSymbolicLink(directory.resolve("link"), Files.createDirectory(directory.resolve("data")));
        try (DataDirectory held = DataDirectory.take(directory.resolve("data"))) {
            for (Path same : List.of(directory.resolve("data"), link.resolve("."))) {
                assertThatExceptionOfType(StartException.class)
                        .isThrownBy(() -> DataDirectory.take(same))
                        .withMessageContaining(
                                "(process " + ProcessHandle.current().pid() + ")");
            }

            assertThat(isLocked(held.database().resolveSibling("deploytail.lock")))
                    .isTrue();
        }
    }

    @Test
    void directoryCanBeTakenAgainOnceItIsClosed() throws IOException {
        DataDirectory.take(directory).close();

        DataDirectory.take(directory).close();
    }

    private static boolean isLocked(Path file) throws IOException {
        String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
        return Files.readAllLines(Path.of("/proc/locks")).stream().anyMatch(lock -> lock.contains(inode));
    }
}
