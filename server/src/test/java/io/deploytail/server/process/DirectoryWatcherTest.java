package io.deploytail.server.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryWatcherTest {
    @TempDir
    private Path folder;

    private final Semaphore told = new Semaphore(0);
    private final CountDownLatch held = new CountDownLatch(1);
    private DirectoryWatcher watcher;

    @BeforeEach
    void start() throws IOException {
        watcher = DirectoryWatcher.start(folder);
    }

    @AfterEach
    void close() throws IOException {
        held.countDown();
        watcher.close();
    }

    @Test
    void whatChangesWhileTheListenerIsAtWorkItIsToldAfterwards() throws Exception {
        watch("one", this::tellAndWait);
        change("one", "a");
        awaitTold(1);
        Semaphore fence = new Semaphore(0); // behind it, the kernel has told of what came before
        watch("two", fence::release);
        change("one", "b");
        change("two", "a");
        assertThat(fence.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
        assertThat(told.availablePermits()).isZero();

        held.countDown();

        awaitTold(1);
    }

    @Test
    void listenerAtWorkKeepsNewsOfOneDirectoryFromNoOther() throws Exception {
        watch("one", this::tellAndWait);
        watch("two", told::release);
        change("one", "a");
        awaitTold(1);

        change("two", "a");

        awaitTold(1);
    }

    @Test
    void listenerThatFailsIsToldTheNextTime() throws Exception {
        watch("one", () -> {
            told.release();
            throw new OutOfMemoryError("by the test");
        });
        for (int i = 0; i < 20; i++) {
            change("one", "file" + i);
            awaitTold(1);
        }
    }

    @Test
    void closeWaitsForTheListenerAtWork() throws Exception {
        AtomicBoolean isDone = new AtomicBoolean();
        watch("one", () -> {
            tellAndWait();
            isDone.set(true);
        });
        change("one", "a");
        awaitTold(1);

        Thread closing = new Thread(() -> {
            try {
                watcher.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        closing.start();
        Eventually.until(
                "it waits, or is through",
                () -> closing.getState() == Thread.State.TIMED_WAITING
                        || closing.getState() == Thread.State.TERMINATED);

        assertThat(closing.isAlive()).isTrue();
        held.countDown();
        closing.join(TimeUnit.MINUTES.toMillis(1));
        assertThat(closing.isAlive()).isFalse();
        assertThat(isDone).isTrue();
    }

    /** Does not count what the listener is told at the beginning, when nothing has changed. */
    private void watch(String directory, Runnable listener) throws IOException {
        AtomicBoolean isFirst = new AtomicBoolean(true);
        watcher.watch(Files.createDirectory(folder.resolve(directory)), () -> {
            if (!isFirst.getAndSet(false)) {
                listener.run();
            }
        });
    }

    private void change(String directory, String file) throws IOException {
        Files.createFile(folder.resolve(directory).resolve(file));
    }

    private void tellAndWait() {
        told.release();
        try {
            assertThat(held.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitTold(int times) throws InterruptedException {
        assertThat(told.tryAcquire(times, 1, TimeUnit.MINUTES)).isTrue();
    }
}
