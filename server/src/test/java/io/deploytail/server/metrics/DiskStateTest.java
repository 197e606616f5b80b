package io.deploytail.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.Tally;
import io.deploytail.server.storage.Durability;
import io.deploytail.server.storage.SqliteStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskStateTest {
    @TempDir
    private Path directory;

    private final Queue<Runnable> hanging = new ArrayDeque<>();
    private SqliteStorage storage;

    @BeforeEach
    void open() {
        storage = SqliteStorage.open(directory.resolve("test.db"), Durability.NORMAL, isWell -> {}, Tally.NONE);
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Test
    void sizesOfAllFilesInAllDirectoriesAddUp() throws Exception {
        Path runs = Files.createDirectories(directory.resolve("runs"));
        Files.write(Files.createDirectory(runs.resolve("one")).resolve("segment.0"), new byte[100]);
        Files.write(Files.createDirectory(runs.resolve("two")).resolve("segment.0"), new byte[23]);
        DiskState state = stateReadBy(Runnable::run);

        state.refresh();

        assertThat(state.last().orElseThrow().runsBytes()).isEqualTo(123);
        assertThat(state.last().orElseThrow().databaseBytes()).isPositive();
    }

    @Test
    void diskThatHangsIsAskedOnceAndNotWaitedForWithoutEnd() {
        DiskState state = stateReadBy(hanging::add);

        state.refresh();
        state.refresh();

        assertThat(state.last()).isEmpty();
        assertThat(hanging).hasSize(1);
    }

    @Test
    void diskThatAnswersAgainIsAskedAgain() {
        DiskState state = stateReadBy(hanging::add);
        state.refresh();

        hanging.remove().run();
        assertThat(state.last()).isPresent();

        state.refresh();
        assertThat(hanging).hasSize(1);
    }

    private DiskState stateReadBy(Executor executor) {
        return new DiskState(
                storage.deployments(), storage.space(), directory.resolve("runs"), Clock.systemUTC(), executor);
    }
}
