package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Copies a run's output to the deployment's log, from where the log ends, with the gaps that are in it; and keeps the
 * log within its limit. What it has not copied stays where it is, on disk, so nothing is lost if it fails or is never
 * called again.
 *
 * <p>Whole lines are stored as soon as they are seen. An unfinished line, or character, is held back for at most
 * {@link #MAX_HOLD}.
 *
 * <p>Not thread-safe, but for {@link #look} and {@link #lastOutputNanos}.
 */
final class OutputCapture {
    private static final Duration MAX_HOLD = Duration.ofMillis(100);
    private static final int MAX_DELTA_BYTES = 64 << 10;

    /** What there is is committed at once, up to so much: a commit costs as much as a fifth of a full delta. */
    private static final int MAX_DELTAS_PER_COMMIT = 8;

    /** After so much the run's other needs, and other runs, have their turn. */
    private static final int MAX_COMMITS_PER_TURN = 2;

    /** So much of the log's end is kept at least when it has outgrown its limit. */
    private static final long KEPT_END_BYTES = 256 << 10;

    /** About so much is evicted at a time: nothing else is committed meanwhile. */
    private static final long EVICTED_BYTES = 64 << 10;

    /** One is enough for what a delta adds; with the second, a log that is far beyond a lowered limit gets there too. */
    private static final int MAX_EVICTIONS_PER_DELTA = 2;

    private final Deployment deployment;
    private final RunServices services;
    private final LogTail tail;
    private final Runnable onCommitted;
    private final Clock clock;
    private final ArrivalTimes arrivals;
    private final Hold hold = new Hold();
    private Masking masking = new Masking(List.of());
    private LogExtent log;
    private boolean logIsDoubtful;
    private volatile long lastOutputNanos = System.nanoTime();

    /**
     * @param tail gets what was committed
     * @param onCommitted is run after that
     */
    OutputCapture(Deployment deployment, RunServices services, LogTail tail, Runnable onCommitted) {
        this.deployment = requireNonNull(deployment);
        this.services = requireNonNull(services);
        this.tail = requireNonNull(tail);
        this.onCommitted = requireNonNull(onCommitted);
        this.clock = services.clock();
        this.log = deployment.log();
        this.arrivals = new ArrivalTimes(log.size());
    }

    /** Keeps these values out of the log. To be called before anything is stored. */
    void mask(Collection<byte[]> secrets) {
        masking = new Masking(secrets);
    }

    /** When output was last seen, as {@link System#nanoTime} tells it. */
    long lastOutputNanos() {
        return lastOutputNanos;
    }

    /** Says when the command started. */
    void setStartNanos(long nanos) {
        lastOutputNanos = nanos;
    }

    /** Takes note that there may be output now that can't be seen, as it can't be recorded. */
    void noteUnseenOutput() {
        lastOutputNanos = System.nanoTime();
    }

    /** Takes note of what was written before anybody looked, and when the last of it was: that is no output of now. */
    void noteEarlierOutput(Run run, long lastNanos) throws IOException {
        services.tally().captured(arrivals.note(run.outputEnd(), clock.instant()));
        lastOutputNanos = lastNanos;
    }

    /**
     * Takes note of how much output there is, and that it was there now. To be called whenever there may be more: while
     * what is there waits to be stored, too.
     */
    long look(Run run) throws IOException {
        long size = run.outputEnd();
        synchronized (arrivals) { // or another look would find the growth noted, and the time not yet
            long growth = arrivals.note(size, clock.instant());
            if (growth > 0) {
                lastOutputNanos = System.nanoTime();
                services.tally().captured(growth);
            }
        }
        return size;
    }

    /** Stores what is due of the output that there is now, and asks to be woken when more of it is. */
    void copyWhatIsDue(Run run, Wakeup wakeup) throws IOException {
        long end = look(run); // first: storage may fail
        reloadIfDoubtful();
        for (int commits = 0; log.size() < end; commits++) {
            if (commits == MAX_COMMITS_PER_TURN) {
                wakeup.now();
                return;
            }
            if (!storeGap(run)) {
                long showable = masking.look(run, log.size(), end, false);
                if (showable == log.size()) {
                    wakeup.at(masking.endOfHold());
                    return;
                }
                if (!store(run, deltas(run, showable, this::dueLength))) {
                    wakeup.at(hold.endOf(log.size()));
                    return;
                }
            }
        }
    }

    /**
     * Stores the output that there is now, unfinished lines and all, or a part of it. Returns whether that was all.
     *
     * @param isLast whether there will be no more; if there may be, what could be the beginning of a secret stays where
     *     it is
     */
    boolean copyEverything(Run run, boolean isLast) throws IOException {
        long end = look(run);
        reloadIfDoubtful();
        for (int commits = 0; log.size() < end && commits < MAX_COMMITS_PER_TURN; commits++) {
            if (!storeGap(run)) {
                long showable = masking.look(run, log.size(), end, isLast);
                if (showable == log.size()) {
                    return true;
                }
                store(run, deltas(run, showable, (bytes, offset) -> bytes.length));
            }
        }
        return log.size() >= end;
    }

    /** Stores a line of the server's own, about a command that has written nothing and never will; else nothing. */
    void addLine(String line) {
        reloadIfDoubtful();
        if (log.size() == 0) {
            byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
            commit(List.of(new LogDelta(0, clock.instant(), bytes)));
        }
    }

    /** Stores that something is missing where the log ends, if so. */
    private boolean storeGap(Run run) throws IOException {
        Optional<LogGap> gap = run.gapAt(log.size());
        if (gap.isPresent()) {
            commit(gap.get());
            arrivals.forgetBefore(log.size());
            run.releaseOutput(log.size());
        }
        return gap.isPresent();
    }

    /** The output behind the log's end, as far as the next gap, and as much of it as is committed at once. */
    private List<LogDelta> deltas(Run run, long outputEnd, LastLength lastLength) throws IOException {
        List<LogDelta> deltas = new ArrayList<>();
        long offset = log.size();
        boolean isLast = false;
        while (!isLast && deltas.size() < MAX_DELTAS_PER_COMMIT) {
            if (!deltas.isEmpty() && run.gapAt(offset).isPresent()) {
                break;
            }
            Instant time = arrivals.timeOf(offset);
            int wanted = (int) Math.min(Math.min(outputEnd, arrivals.endOfSpan(offset)) - offset, MAX_DELTA_BYTES);
            byte[] bytes = masking.mask(run.readOutput(offset, wanted), offset);
            isLast = bytes.length < wanted || offset + wanted == outputEnd; // behind it is a gap, or nothing yet
            int length = isLast ? lastLength.of(bytes, offset) : TextBoundary.before(bytes, bytes.length);
            if (length > 0) {
                deltas.add(new LogDelta(offset, time, length == bytes.length ? bytes : Arrays.copyOf(bytes, length)));
                offset += length;
            }
        }
        return deltas;
    }

    /** How much of the last bytes there are, which begin at this offset, is to be stored now; 0 if all is held back. */
    private int dueLength(byte[] bytes, long offset) {
        int line = TextBoundary.afterLastLine(bytes, bytes.length);
        if (line > 0) {
            return line;
        }
        int character = TextBoundary.afterLastCharacter(bytes, bytes.length);
        hold.begin(offset);
        if (character < bytes.length) {
            hold.beginCharacter(offset + character);
        }
        if (System.nanoTime() - hold.endOf(offset) < 0) {
            return 0;
        }
        return character > 0 ? character : bytes.length;
    }

    /** Stores them; false if there are none. */
    private boolean store(Run run, List<LogDelta> deltas) {
        if (deltas.isEmpty()) {
            return false;
        }
        commit(deltas);
        arrivals.forgetBefore(log.size());
        run.releaseOutput(log.size() - masking.overlap());
        return true;
    }

    private void commit(List<LogDelta> deltas) {
        LogExtent extent = log;
        for (LogDelta delta : deltas) {
            extent = extent.plus(delta);
        }
        LogExtent after = extent;
        change(() -> {
            services.logs().append(deployment.number(), deltas, after);
            return after;
        });
        deltas.forEach(tail::append);
        onCommitted.run();
        evictBeyondLimit(deltas.size());
    }

    private void commit(LogGap gap) {
        LogExtent after = log.plus(gap);
        change(() -> {
            services.logs().append(deployment.number(), gap, after);
            return after;
        });
        tail.restartAt(after.size());
        onCommitted.run();
    }

    /** Keeps the log's beginning and its newest bytes, after so many deltas were added. */
    private void evictBeyondLimit(int deltas) {
        // What is behind the beginning is more than twice the kept end then, and a step takes two deltas' length at
        // most.
        long beginning = services.logLimit() - 2 * KEPT_END_BYTES;
        for (int i = 0; i < MAX_EVICTIONS_PER_DELTA * deltas && log.kept() > services.logLimit(); i++) {
            change(() -> services.logs().evict(deployment.number(), beginning, EVICTED_BYTES));
        }
    }

    /** Changes the stored log. Until it is known that this was committed, it is doubtful: a failure may come after the fact. */
    private void change(Supplier<LogExtent> change) {
        logIsDoubtful = true;
        log = change.get();
        logIsDoubtful = false;
    }

    private void reloadIfDoubtful() {
        if (logIsDoubtful) {
            log = services.deployments().find(deployment.id()).orElseThrow().log();
            logIsDoubtful = false;
            if (tail.end() != log.size()) {
                tail.restartAt(log.size());
                onCommitted.run();
            }
        }
    }

    /** How much of the last output that there is is stored. */
    private interface LastLength {
        int of(byte[] bytes, long offset);
    }

    /**
     * Since when the unfinished line at the end of the output, and the unfinished character at the end of that, have
     * been held back. The character outlives the line that it is in: when that is stored without it, its time goes on.
     */
    private static final class Hold {
        private long lineOffset = -1;
        private long lineNanos;
        private long characterOffset = -1;
        private long characterNanos;

        void begin(long offset) {
            if (offset == characterOffset) {
                lineOffset = offset;
                lineNanos = characterNanos;
            } else if (offset != lineOffset) {
                lineOffset = offset;
                lineNanos = System.nanoTime();
            }
        }

        void beginCharacter(long offset) {
            if (offset != characterOffset) {
                characterOffset = offset;
                characterNanos = System.nanoTime();
            }
        }

        /** When what begins at this offset, for which {@link #begin} was called, is no longer to be held back. */
        long endOf(long offset) {
            if (offset != lineOffset) {
                throw new IllegalStateException("nothing is held back at " + offset);
            }
            return lineNanos + MAX_HOLD.toNanos();
        }
    }
}
