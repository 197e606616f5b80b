package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RepeatedTaskTest {
    @Test
    void timerGoesOnWhateverTheTaskThrows() throws Exception {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        CountDownLatch runs = new CountDownLatch(3);
        RepeatedTask task = new RepeatedTask("counting", () -> {
            runs.countDown();
            throw new OutOfMemoryError("by the test");
        });

        ScheduledFuture<?> counting = timer.scheduleAtFixedRate(task, 0, 1, TimeUnit.MILLISECONDS);

        assertThat(runs.await(30, TimeUnit.SECONDS)).isTrue();
        counting.cancel(false);
        timer.shutdownNow();
    }
}
