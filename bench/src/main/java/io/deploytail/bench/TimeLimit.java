package io.deploytail.bench;

import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.Callable;

/** Ends the benchmark if a scenario does not end: something it waits for has not come. */
final class TimeLimit {
    private TimeLimit() {}

    static <T> T within(Duration limit, String scenario, Callable<T> work) throws Exception {
        Timer timer = new Timer("time-limit", true);
        timer.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        Console.say("%s has not ended within %d minutes", scenario, limit.toMinutes());
                        System.exit(1);
                    }
                },
                limit.toMillis());
        try {
            return work.call();
        } finally {
            timer.cancel();
        }
    }
}
