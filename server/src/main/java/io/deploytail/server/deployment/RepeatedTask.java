package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** What is run again and again, by a timer, say: that would stop for good at the first thing that is thrown to it. */
public final class RepeatedTask implements Runnable {
    private static final Logger logger = System.getLogger(RepeatedTask.class.getName());

    private final String name;
    private final Runnable task;

    /** @param name what it does, for the log */
    public RepeatedTask(String name, Runnable task) {
        this.name = requireNonNull(name);
        this.task = requireNonNull(task);
    }

    /** Runs the task. Whatever it throws is only logged: the next time may be luckier. */
    @Override
    public void run() {
        try {
            task.run();
        } catch (Throwable e) {
            tell(e);
        }
    }

    private void tell(Throwable failure) {
        try {
            logger.log(Level.ERROR, name + " failed, will be repeated", failure);
        } catch (Throwable e) {
            // not even enough memory to say so
        }
    }
}
