package io.deploytail.server;

import io.deploytail.server.deployment.RepeatedTask;
import java.io.Closeable;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes the server's thread pools. What is handed to one after it was closed is dropped without a word. */
final class Workers {
    private static final int CLOSE_LIMIT_SECONDS = 5;

    private Workers() {}

    static ThreadPoolExecutor pool(String name, int threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                named(name),
                new ThreadPoolExecutor.DiscardPolicy());
        pool.prestartAllCoreThreads(); // later the host may have none left
        return pool;
    }

    static ScheduledThreadPoolExecutor timers(String name) {
        ScheduledThreadPoolExecutor timers =
                new ScheduledThreadPoolExecutor(1, named(name), new ThreadPoolExecutor.DiscardPolicy());
        timers.setRemoveOnCancelPolicy(true);
        return timers;
    }

    /** Lets a pool finish what it was given, for a bounded time. */
    static Closeable closing(ExecutorService pool) {
        return () -> {
            pool.shutdown();
            try {
                if (!pool.awaitTermination(CLOSE_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    pool.shutdownNow();
                }
            } catch (InterruptedException e) {
                pool.shutdownNow();
                Thread.currentThread().interrupt();
            }
        };
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Runs a task again and again, this time after its last run has ended, until the result is closed. */
    static Closeable repeating(
            ScheduledExecutorService timers, String what, Runnable task, Duration first, Duration pause) {
        ScheduledFuture<?> runs = timers.scheduleWithFixedDelay(
                new RepeatedTask(what, task), first.toNanos(), pause.toNanos(), TimeUnit.NANOSECONDS);
        return () -> runs.cancel(false);
    }
}
