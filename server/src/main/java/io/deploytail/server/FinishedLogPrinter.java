package io.deploytail.server;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.Doorbell;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.LogSlice;
import io.deploytail.server.deployment.LogStore;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prints each finished deployment's whole log as one block, between two lines that name it, with a line in the place of
 * each gap; never two at a time, and never more than a piece of one in memory. What ends before {@link #begin} waits for
 * it. Thread-safe.
 */
final class FinishedLogPrinter {
    private static final Logger logger = LoggerFactory.getLogger(FinishedLogPrinter.class);
    private static final int PIECE_BYTES = 64 << 10;

    private static final int MAX_WAITING = 1000;

    private final LogStore logs;
    private final PrintStream out;
    private final Doorbell printing;
    private final Queue<Block> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
    private volatile boolean hasBegun;

    /** @param executor has a thread to spare for what blocks while standard output takes nothing */
    FinishedLogPrinter(LogStore logs, PrintStream out, Executor executor) {
        this.logs = requireNonNull(logs);
        this.out = requireNonNull(out);
        this.printing = new Doorbell(executor, this::printWaiting);
    }

    /** Lets the printing begin. */
    void begin() {
        hasBegun = true;
        printing.ring();
    }

    /** Prints the log of a deployment that has ended, soon. */
    void print(Deployment ended) {
        if (waiting.offer(new Block(ended.id(), ended.target(), ended.state()))) {
            printing.ring();
        } else {
            logger.warn("the log of {} is not printed: too many others wait", ended.id());
        }
    }

    private void printWaiting() {
        @Nullable Block next = hasBegun ? waiting.poll() : null;
        while (next != null) {
            printBlock(next.id, next.target, next.state);
            next = waiting.poll();
        }
    }

    private void printBlock(DeploymentId id, String target, DeploymentState state) {
        printLine("--- deployment " + id + (target.isEmpty() ? "" : " target " + target));
        long offset = 0;
        boolean isInLine = false;
        try {
            LogSlice slice = logs.read(id, offset, PIECE_BYTES);
            while (!slice.isEmpty()) {
                isInLine = print(slice, isInLine);
                offset = slice.end();
                slice = logs.read(id, offset, PIECE_BYTES);
            }
        } catch (RuntimeException e) {
            logger.warn("cannot print the log of {} beyond offset {}", id, offset, e);
        }
        printLine((isInLine ? "\n" : "") + "--- end of deployment " + id + " " + state);
        out.flush();
    }

    /** Prints bytes, or a line about a gap. Returns whether that ends within a line. */
    private boolean print(LogSlice slice, boolean isInLine) {
        if (slice.gap().isPresent()) {
            printLine((isInLine ? "\n" : "") + inWords(slice.gap().get()));
            return false;
        }
        out.write(slice.bytes(), 0, slice.bytes().length);
        return slice.bytes()[slice.bytes().length - 1] != '\n';
    }

    private static String inWords(LogGap gap) {
        return "--- " + (gap.isExact() ? "" : "at least ") + gap.size() + (gap.size() == 1 ? " byte is" : " bytes are")
                + " missing here: " + gap.reason();
    }

    private void printLine(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
    }

    /** What is to be printed; less than a whole deployment, as many may wait. */
    private record Block(DeploymentId id, String target, DeploymentState state) {}
}
