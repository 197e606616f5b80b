package io.deploytail.server;

import io.deploytail.server.process.DetachedLauncher;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether there is a place for the output of commands. Each call looks, and tells if that has changed. Not thread-safe.
 */
final class RunsCheck implements Runnable {
    private static final Logger logger = LoggerFactory.getLogger(RunsCheck.class);

    private final DetachedLauncher launcher;
    private final Consumer<Boolean> listener;
    private boolean wasWell = true;

    RunsCheck(DetachedLauncher launcher, Consumer<Boolean> listener) {
        this.launcher = launcher;
        this.listener = listener;
    }

    @Override
    public void run() {
        boolean isWell = launcher.hasRoom();
        if (isWell == wasWell) {
            return;
        }
        if (isWell) {
            logger.info("run directories can be written again");
        } else {
            logger.warn("run directories cannot be written: the disk is full, read-only or gone; looking each second");
        }
        listener.accept(isWell);
        wasWell = isWell;
    }
}
