package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One running deployment, from the moment it is recorded as RUNNING until its end is: copies its output to the log,
 * keeps its time limits, ends it when told to.
 *
 * <p>It does so in turns, each a look at the run followed by what is due. A turn comes when the run changes, when
 * somebody asks, when something becomes due, and once a second. What a turn could not do, because storage failed, say,
 * the next one finds still to be done; and taking a run up again after a restart is no more than its first turn.
 *
 * <p>Thread-safe. Fields are confined to the turns unless they are final or volatile.
 */
final class SupervisedRun {
    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);
    private static final Duration RETRY_INTERVAL = Duration.ofMillis(250);

    private static final Logger logger = System.getLogger(SupervisedRun.class.getName());

    private final Deployment deployment;
    private final boolean isNew;
    private final RunServices services;
    private final RunListener listener;
    private final LogTail tail;
    private final OutputCapture capture;
    private final Doorbell doorbell;
    private final Wakeup wakeup;
    private final ProcessEnding ending;
    private final OutputDrain drain;
    private final Instant startTime;
    private final long startNanos;
    private final CompletableFuture<Void> released = new CompletableFuture<>();

    private volatile @Nullable Stop stop;
    private volatile @Nullable Long releaseDeadlineNanos;

    private volatile @Nullable Run run;

    /** Set once it is known that the command has not run and never will. */
    private @Nullable Outcome neverRan;

    /** What the log is to say about that. */
    private @Nullable String lastWords;

    private boolean isLaunched;
    private boolean isLost;
    private boolean isOver;
    private boolean lastTurnFailed;
    private long nextAttendanceCheck = System.nanoTime();

    /**
     * A run that has yet to be started.
     *
     * @param deployment as it is recorded, RUNNING
     * @param isNew whether it is yet to be launched; else it was, perhaps, and is taken up again
     * @param maxTailBytes as {@link LogTail} wants it
     */
    SupervisedRun(
            Deployment deployment,
            boolean isNew,
            RunServices services,
            RunListener listener,
            IntSupplier maxTailBytes) {
        this.deployment = requireNonNull(deployment);
        this.isNew = isNew;
        this.services = requireNonNull(services);
        this.listener = requireNonNull(listener);
        this.tail = new LogTail(deployment.log().size(), maxTailBytes);
        this.capture = new OutputCapture(deployment, services, tail, () -> listener.onLogGrew(deployment.id()));
        this.doorbell = new Doorbell(services.executor(), this::takeTurn);
        this.wakeup = new Wakeup(services.timers(), doorbell::ring);
        this.ending = new ProcessEnding(services.gracePeriod(), services.clock(), wakeup);
        this.drain = new OutputDrain(wakeup);
        this.stop = deployment.stop().orElse(null);
        this.startTime = deployment.startTime().orElseGet(services.clock()::instant);
        this.startNanos = nanosOf(startTime);
        capture.setStartNanos(startNanos);
    }

    /** Takes the first turn, soon. */
    void start() {
        doorbell.ring();
    }

    /** The log's newest bytes. */
    LogTail tail() {
        return tail;
    }

    /** For how long the command has written nothing. */
    Duration silence() {
        return Duration.ofNanos(Math.max(0, System.nanoTime() - capture.lastOutputNanos()));
    }

    /** Ends the command for a reason that has been recorded. */
    void end(Stop recorded) {
        stop = recorded;
        doorbell.ring();
    }

    /**
     * Copies what there is, for as long as there is time, and lets go. The command goes on. Done when the result is.
     *
     * @param deadlineNanos a time of {@link System#nanoTime}
     */
    CompletableFuture<Void> release(long deadlineNanos) {
        releaseDeadlineNanos = deadlineNanos;
        doorbell.ring();
        return released;
    }

    /** Takes the turn on the thread that brings the news: one change of thread less for each line. */
    private void onRunChanged() {
        if (!doorbell.ringHere()) {
            lookAtOutput();
        }
    }

    /** As {@link Deployments#lookAtOutput}, for this run. */
    void lookAtOutput() {
        Run watched = run;
        try {
            if (watched != null) {
                capture.look(watched);
            }
        } catch (IOException | RuntimeException e) {
            // the turn will find it too, or has let go of the run
        }
    }

    private void takeTurn() {
        if (isOver) {
            return;
        }
        wakeup.in(CHECK_INTERVAL);
        try {
            goOn();
            lastTurnFailed = false;
        } catch (StorageException e) {
            wakeup.in(RETRY_INTERVAL); // storage itself says so in the log
        } catch (IOException | RuntimeException e) {
            if (!lastTurnFailed) {
                logger.log(Level.ERROR, "deployment " + deployment.id() + ": cannot go on, will retry", e);
            }
            lastTurnFailed = true;
        }
        Long deadlineNanos = releaseDeadlineNanos;
        if (deadlineNanos != null && !isOver) {
            letGo(deadlineNanos);
        }
        if (isOver) {
            wakeup.cancel();
            released.complete(null);
        }
    }

    private void goOn() throws IOException {
        if (run == null && neverRan == null) {
            open();
        }
        Run opened = run;
        if (neverRan == null && opened != null) {
            supervise(opened);
        }
        if (lastWords != null) {
            capture.addLine(lastWords);
            lastWords = null;
        }
        if (neverRan != null) {
            finish(services.deployments()
                    .finish(deployment.id(), neverRan, services.clock().instant()));
        }
    }

    private void supervise(Run run) throws IOException {
        Stop recorded = stop;
        // First of all, since it must not depend on storage.
        boolean processesRemain =
                recorded != null ? ending.endProcesses(run, recorded) : isLost && ending.hasToWait(run);
        capture.copyWhatIsDue(run, wakeup);
        RunStatus status = run.status();
        if (status.exit().isEmpty()) {
            keepTimeLimits(run);
        }
        Optional<Outcome> outcome = outcome(run, status);
        boolean wasLost = isLost;
        isLost = outcome.filter(end -> end.reason() == EndReason.INTERRUPTED).isPresent();
        if (!Objects.equals(stop, recorded) || isLost != wasLost) {
            wakeup.now(); // there may be processes to wait for now
        } else if (outcome.isPresent() && !processesRemain && drain.drain(run, status)) {
            finishWithOutput(run, status, outcome.get(), recorded);
        }
    }

    /** @param carriedOut the stop that ended it, if one did */
    private void finishWithOutput(Run run, RunStatus status, Outcome outcome, @Nullable Stop carriedOut)
            throws IOException {
        if (!capture.copyEverything(run, true)) {
            wakeup.now();
            return;
        }
        // Though nobody may have been there when the command ended, that is when it did; but what had to be ended has
        // ended with the last of its processes.
        Optional<Instant> exitTime =
                status.exit().filter(exit -> carriedOut == null).map(RunStatus.Exit::time);
        Instant endTime = exitTime.filter(startTime::isBefore).orElseGet(services.clock()::instant);
        Outcome noted = drain.note().map(outcome::withNote).orElse(outcome);
        Deployment ended = carriedOut != null
                ? services.deployments().finish(deployment.id(), noted, endTime)
                : services.deployments().finishUnlessStopped(deployment.id(), noted, endTime);
        if (ended.state().isFinal()) {
            finish(ended);
        } else {
            stop = ended.stop().orElseThrow(); // told to end at the very moment it did: what it left behind must go too
            wakeup.now();
        }
    }

    /** Launches the run or takes it up again, or finds that neither can be. */
    private void open() throws IOException {
        DeploymentId id = deployment.id();
        // It may have been recorded before anybody could tell this.
        services.deployments().find(id).flatMap(Deployment::stop).ifPresent(recorded -> stop = recorded);
        if (!isNew || isLaunched) {
            adopt(id);
        } else if (stop != null) {
            neverRan = Outcome.of(EndReason.CANCELLED, ""); // the recorded reason wins
        } else {
            launch(id);
        }
    }

    private void launch(DeploymentId id) throws IOException {
        isLaunched = true; // even if that fails in the middle: a second process would meddle with the first's output
        try {
            Run launched = services.launcher().launch(id, this::onRunChanged);
            capture.mask(launched.secrets());
            run = launched;
        } catch (NoSuchFileException e) {
            adopt(id); // the database is a copy from before it ran
        } catch (IOException e) {
            logger.log(Level.ERROR, "deployment " + id + ": cannot start a process", e);
            failToStart("the server could not start a process");
        }
    }

    private void adopt(DeploymentId id) throws IOException {
        try {
            Run adopted = services.launcher().adopt(id, this::onRunChanged);
            try {
                takeUp(adopted);
            } catch (IOException | RuntimeException e) {
                adopted.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            if (stop != null) {
                services.launcher().kill(id);
            }
            if (!services.launcher().hasProcesses(id)) {
                neverRan = Outcome.of(EndReason.INTERRUPTED, "Its run directory is gone, and with it how it ended.");
            }
        }
    }

    private void takeUp(Run adopted) throws IOException {
        capture.mask(adopted.secrets());
        Instant lastOutput = adopted.lastOutput();
        capture.noteEarlierOutput(adopted, lastOutput.isAfter(startTime) ? nanosOf(lastOutput) : startNanos);
        run = adopted; // last: from now on others look at it too
    }

    private void failToStart(String reason) {
        lastWords = "deploytail: " + reason;
        neverRan = Outcome.failedToStart(126, "The command could not be started; the log says why.");
    }

    private long nanosOf(Instant past) {
        return System.nanoTime()
                - Math.max(0, Duration.between(past, services.clock().instant()).toNanos());
    }

    private void keepTimeLimits(Run run) throws IOException {
        if (stop == null && isOver(deployment.timeout(), startNanos)) {
            stopForLimit(deployment.timeout(), EndReason.TIMED_OUT, "It ran longer than its timeout of ");
        }
        if (stop == null && isOver(deployment.silenceTimeout(), capture.lastOutputNanos())) {
            Run.Recorder recorder = run.recorder();
            capture.look(run); // only now: what it has recorded by then is seen, however long storage has taken
            if (recorder == Run.Recorder.WORKING) {
                capture.noteUnseenOutput();
            } else if (isOver(deployment.silenceTimeout(), capture.lastOutputNanos())) {
                stopForLimit(
                        deployment.silenceTimeout(),
                        EndReason.SILENT_TOO_LONG,
                        "It wrote nothing for longer than its silence timeout of ");
            }
        }
    }

    /** Whether a limit has passed, if there is one. If not, the turn comes when it does. */
    private boolean isOver(Optional<Duration> limit, long fromNanos) {
        if (limit.isEmpty()) {
            return false;
        }
        long deadline = fromNanos + limit.get().toNanos();
        boolean isOver = System.nanoTime() - deadline >= 0;
        if (!isOver) {
            wakeup.at(deadline);
        }
        return isOver;
    }

    private void stopForLimit(Optional<Duration> limit, EndReason reason, String message) {
        Stop wish = new Stop(reason, services.clock().instant(), message + readable(limit.orElseThrow()) + ".", "");
        stop = services.deployments().requestStop(deployment.id(), wish).stop().orElse(wish);
    }

    private static String readable(Duration duration) {
        return duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }

    /** How the command ended, if it has. */
    private Optional<Outcome> outcome(Run run, RunStatus status) {
        if (status.exit().isPresent()) {
            return status.exit().map(SupervisedRun::outcomeOf);
        }
        if (System.nanoTime() - nextAttendanceCheck < 0) {
            return Optional.empty();
        }
        if (run.isAttended()) {
            nextAttendanceCheck = System.nanoTime() + CHECK_INTERVAL.toNanos();
            return Optional.empty();
        }
        RunStatus last = run.status();
        if (last.exit().isPresent()) {
            return last.exit().map(SupervisedRun::outcomeOf);
        }
        if (!run.claim()) {
            return Optional.of(Outcome.of(
                    EndReason.INTERRUPTED,
                    "The process that watched the command is gone (killed, or the host restarted); its exit code is"
                            + " unknown."));
        }
        if (isNew) {
            failToStart("the process that was to start the command has ended before it did");
        } else {
            neverRan = Outcome.of(
                    EndReason.INTERRUPTED, "The server stopped before it had started the command; it did not run.");
        }
        return Optional.empty();
    }

    private static Outcome outcomeOf(RunStatus.Exit exit) {
        return exit.failedToStart()
                ? Outcome.failedToStart(exit.status(), "The command could not be started; the log says why.")
                : Outcome.ofExitStatus(exit.status());
    }

    private void finish(Deployment ended) {
        isOver = true;
        try {
            listener.onEnded(ended);
        } finally {
            tail.forgetBytes();
            closeRun();
            services.launcher().discard(deployment.id());
        }
    }

    private void letGo(long deadlineNanos) {
        isOver = true;
        Run left = run;
        Stop recorded = stop;
        try {
            if (left != null && recorded != null) {
                ending.endProcesses(left, recorded); // the next server goes on with it
            }
            while (left != null && !capture.copyEverything(left, false) && System.nanoTime() - deadlineNanos < 0) {
                // a part at a time: a command that floods would keep it for ever
            }
        } catch (IOException | RuntimeException e) {
            logger.log(Level.WARNING, "deployment " + deployment.id() + ": the rest is read at the next start", e);
        }
        closeRun();
    }

    private void closeRun() {
        Run opened = run;
        if (opened != null) {
            opened.close();
        }
    }
}
