package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs a task when rung, on an executor or, {@linkplain #ringHere if wished}, on the thread that rings; never twice at
 * once. Any number of rings before a run starts cause one run; a ring during a run causes one more, on the executor,
 * after what else waits for it. Rings carry no data.
 *
 * <p>Thread-safe. The task's fields are confined to its runs.
 */
public final class Doorbell {
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
     * As {@link #ring}, but the task runs at once, on this thread, unless it is running, or about to: that saves the change
     * to another thread. Throws what the task throws. Returns whether it has run here.
     */
    public boolean ringHere() {
        boolean isFree = rings.getAndIncrement() == 0;
        if (isFree) {
            answer();
        }
        return isFree;
    }

    private void execute() {
        try {
            executor.execute(this::answer);
        } catch (RuntimeException | Error e) {
            rings.set(0); // the next ring may be luckier
            throw e;
        }
    }

    private void answer() {
        int answered = rings.get();
        try {
            task.run();
        } finally {
            if (rings.addAndGet(-answered) != 0) {
                execute();
            }
        }
    }
}
