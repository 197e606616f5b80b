package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs a task on an executor when rung, never twice at once. Any number of rings before a run starts cause one run; a
 * ring during a run causes one more, after what else waits for the executor. Rings carry no data.
 *
 * <p>Thread-safe. The task's fields are confined to its runs.
 */
public final class Doorbell {
    /** After so many runs others get their turn with the thread. */
    private static final int MAX_RUNS_HERE = 16;

    private final Executor executor;
    private final Runnable task;
    private final AtomicInteger rings = new AtomicInteger();

    /** An executor that drops a run makes the doorbell mute for good. */
    public Doorbell(Executor executor, Runnable task) {
        this.executor = requireNonNull(executor);
        this.task = requireNonNull(task);
    }

    /** Makes the task run, soon, after this call. */
    public void ring() {
        if (rings.getAndIncrement() == 0) {
            execute();
        }
    }

    /**
     * As {@link #ring}, but unless the task is running, or about to, it runs at once, on this thread, and again for rings
     * that come meanwhile: that saves the change to another thread. Returns whether it did.
     */
    public boolean ringHere() {
        boolean isFree = rings.getAndIncrement() == 0;
        boolean isRung = isFree;
        for (int runs = 0; isRung && runs < MAX_RUNS_HERE; runs++) {
            isRung = answer();
        }
        if (isRung) {
            execute();
        }
        return isFree;
    }

    /** Whether the task runs, or is about to. */
    public boolean isBusy() {
        return rings.get() != 0;
    }

    private void execute() {
        try {
            executor.execute(this::answerThere);
        } catch (RuntimeException | Error e) {
            rings.set(0); // the next ring may be luckier
            throw e;
        }
    }

    private void answerThere() {
        if (answer()) {
            execute(); // after what else waits for the executor
        }
    }

    /** Runs the task for the rings that there are. Returns whether more have come. */
    private boolean answer() {
        int answered = rings.get();
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            if (rings.addAndGet(-answered) != 0) {
                execute();
            }
            throw e;
        }
        return rings.addAndGet(-answered) != 0;
    }
}
