package io.deploytail.client.cli;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Tells when a second has passed, so that what shows a time is kept true. */
interface Ticks {
    /** Runs the action each second, on a thread of its own, until the registration is closed. */
    Registration eachSecond(Runnable action);

    /** An action that is repeated. */
    interface Registration {
        void close();
    }

    /** By this machine's clock. */
    static Ticks real() {
        return action -> {
            ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "ticks");
                thread.setDaemon(true);
                return thread;
            });
            ScheduledFuture<?> ticking = timer.scheduleAtFixedRate(action, 1, 1, TimeUnit.SECONDS);
            return () -> {
                ticking.cancel(false);
                timer.shutdown();
            };
        };
    }
}
