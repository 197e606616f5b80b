package io.deploytail.server;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.LogStore;
import io.deploytail.server.deployment.StorageException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prints each finished deployment's whole log as one block, between two lines that name it; never two at a time, and
 * never more than a piece of one in memory. Thread-safe if its executor has one thread.
 */
final class FinishedLogPrinter {
    private static final Logger logger = LoggerFactory.getLogger(FinishedLogPrinter.class);
    private static final int PIECE_BYTES = 64 << 10;

    private static final int MAX_WAITING = 1000;

    private final Semaphore places = new Semaphore(MAX_WAITING);
    private final LogStore logs;
    private final PrintStream out;
    private final Executor oneThread;

    FinishedLogPrinter(LogStore logs, PrintStream out, Executor oneThread) {
        this.logs = requireNonNull(logs);
        this.out = requireNonNull(out);
        this.oneThread = requireNonNull(oneThread);
    }

    /** Prints the log of a deployment that has ended, soon. */
    void print(Deployment ended) {
        if (!places.tryAcquire()) {
            logger.warn("the log of {} is not printed: standard output takes nothing", ended.id());
            return;
        }
        DeploymentId id = ended.id();
        String target = ended.target();
        DeploymentState state = ended.state();
        oneThread.execute(() -> {
            try {
                printBlock(id, target, state);
            } finally {
                places.release();
            }
        });
    }

    private void printBlock(DeploymentId id, String target, DeploymentState state) {
        printLine("--- deployment " + id + (target.isEmpty() ? "" : " target " + target));
        long offset = 0;
        boolean isInLine = false;
        try {
            LogSlice slice = logs.read(id, offset, PIECE_BYTES);
            while (!slice.isEmpty()) {
                out.write(slice.bytes(), 0, slice.bytes().length);
                isInLine = slice.bytes()[slice.bytes().length - 1] != '\n';
                offset = slice.end();
                slice = logs.read(id, offset, PIECE_BYTES);
            }
        } catch (StorageException e) {
            logger.warn("cannot print the log of {} beyond offset {}", id, offset, e);
        }
        printLine((isInLine ? "\n" : "") + "--- end of deployment " + id + " " + state);
        out.flush();
    }

    private void printLine(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
    }
}
