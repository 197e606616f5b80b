package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import io.deploytail.client.DeploymentState;
import io.deploytail.client.DeploytailException;
import io.deploytail.client.LogCorruptedException;
import io.deploytail.client.LogEvent;
import io.deploytail.client.LogLostException;
import io.deploytail.client.LogStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Prints a log stream to its end: the log to standard output, what happens around it to standard error.
 *
 * <p>When the process is told to end, it stops between two pieces of output and says how to read on.
 *
 * <p>Used once, by one thread; the interrupt comes on another.
 */
final class LogFollower {
    private static final Duration NOTABLE_SILENCE = Duration.ofSeconds(5);
    private static final long MAX_WAIT_FOR_OUTPUT_MILLIS = 500;

    private final DeploytailCommand root;
    private final CliContext context;
    private final String deploymentId;
    private final LogWriter writer;
    private final StatusLine status;
    private final StandingCases standing = new StandingCases();

    /** Held while something is printed. */
    private final ReentrantLock printing = new ReentrantLock();

    private volatile boolean stopped;
    private volatile OptionalLong printedUpTo;
    private boolean connected;
    private DeploymentState state = DeploymentState.UNKNOWN;
    private Optional<Deployment> running = Optional.empty();
    private boolean showsProgress;
    private String silence = "";
    private String queueText = "";
    private String queuePlace = "";

    /** Prints with this writer what begins at this offset, if that is known. */
    LogFollower(DeploytailCommand root, String deploymentId, OptionalLong start, LogWriter writer) {
        this.root = root;
        this.context = root.context();
        this.deploymentId = deploymentId;
        this.printedUpTo = start;
        this.writer = writer;
        this.status = new StatusLine(context);
    }

    /** Says that the deployment has just been started, or that it waits. */
    void announce(Deployment deployment) {
        connected = true;
        if (deployment.state() == DeploymentState.RUNNING) {
            say(started());
        }
        observe(deployment);
    }

    /**
     * Prints the stream to its end.
     *
     * @return the deployment as it is at the end
     * @throws CancellationException if it was stopped before
     */
    Deployment follow(LogStream stream) throws IOException {
        Interrupts.Registration interrupt = context.interrupts().onInterrupt(() -> stop(stream));
        Ticks.Registration ticks = context.errIsTerminal() ? context.ticks().eachSecond(this::tick) : () -> {};
        try {
            while (true) {
                LogEvent event = stream.next();
                print(event);
                if (event instanceof LogEvent.End end) {
                    return end.deployment();
                }
            }
        } catch (InterruptedException e) {
            stop(stream);
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        } catch (DeploytailException | IOException e) {
            if (!connected) {
                throw e;
            }
            throw new FollowFailedException(root.resumeCommand(deploymentId, after(e)), e);
        } finally {
            ticks.close();
            interrupt.close();
            restoreTerminal();
            if (!stopped) {
                endLine();
            }
        }
    }

    /** Where to read on: not at an offset that the server does not have, or has other bytes before. */
    private OptionalLong after(Exception failure) {
        boolean isOfAnotherLog = failure instanceof LogLostException || failure instanceof LogCorruptedException;
        return isOfAnotherLog ? OptionalLong.empty() : printedUpTo;
    }

    private void print(LogEvent event) throws IOException {
        printing.lock();
        try {
            if (stopped) {
                throw new CancellationException("stopped");
            }
            status.erase();
            writer.write(event);
            if (event instanceof LogEvent.End) {
                writer.finish();
            }
            event.match(standing);
            if (showsProgress) {
                showProgress();
            }
        } finally {
            printing.unlock();
        }
    }

    /** Shows how far the deployment is. If something is printed just now, the next second will do as well. */
    private void tick() {
        if (printing.tryLock()) {
            try {
                showsProgress = running.isPresent() && !stopped;
                showProgress();
            } finally {
                printing.unlock();
            }
        }
    }

    private void showProgress() {
        running.ifPresent(deployment -> showStatus(
                new ProgressText(context.clock()).of(deployment) + (silence.isEmpty() ? "" : ", " + silence)));
    }

    private void stop(LogStream stream) {
        boolean locked = waitForOutput();
        try {
            if (!stopped) {
                stopped = true;
                if (locked) {
                    restoreTerminal();
                }
                // The terminal has just shown ^C, wherever the cursor was.
                context.say((context.errIsTerminal() ? "\n" : "") + "stopped following deployment "
                        + Printable.of(deploymentId) + ", which is not cancelled; read on with: "
                        + root.resumeCommand(deploymentId, printedUpTo));
            }
        } catch (IOException e) {
            // Nobody reads the output any more, and it has ended.
        } finally {
            if (locked) {
                printing.unlock();
            }
        }
        stream.close();
    }

    /** Whether output has paused. If it hangs, because nobody reads it, there is no use in waiting. */
    private boolean waitForOutput() {
        try {
            return printing.tryLock(MAX_WAIT_FOR_OUTPUT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void restoreTerminal() throws IOException {
        printing.lock();
        try {
            status.erase();
            writer.finish();
        } finally {
            printing.unlock();
        }
    }

    private void observe(Deployment deployment) {
        DeploymentState before = state;
        state = deployment.state();
        running = Optional.of(deployment).filter(each -> state == DeploymentState.RUNNING);
        showsProgress &= running.isPresent();
        if (state == DeploymentState.QUEUED) {
            String previous = queueText;
            queueText = DeploymentText.queued(deployment);
            queuePlace = DeploymentText.place(deployment);
            if (before == DeploymentState.QUEUED && context.errIsTerminal()) {
                showStatus(queuePlace);
            } else if (!queueText.equals(previous)) {
                say(queueText);
            }
        } else if (state == DeploymentState.RUNNING && before == DeploymentState.QUEUED) {
            say(started());
        }
    }

    private String started() {
        return "deployment " + Printable.of(deploymentId) + " started";
    }

    private void say(String line) {
        endLine();
        context.say(line);
    }

    private void showStatus(String text) {
        if (!isCursorMidLine()) {
            status.show(text);
        }
    }

    /** Ends the unfinished line of the log that the terminal shows, if it does. */
    private void endLine() {
        if (isCursorMidLine()) {
            context.say("");
            writer.lineEnded();
        }
    }

    private boolean isCursorMidLine() {
        return context.outIsTerminal() && context.errIsTerminal() && writer.isMidLine();
    }

    /** Says on standard error how things stand after each event. */
    private final class StandingCases implements LogEvent.Cases<Void> {
        @Override
        public Void deployment(LogEvent.DeploymentChanged event) {
            connected = true;
            observe(event.deployment());
            return done();
        }

        @Override
        public Void chunk(LogEvent.Chunk event) {
            printedUpTo = OptionalLong.of(event.nextOffset());
            silence = "";
            return done();
        }

        @Override
        public Void gap(LogEvent.Gap event) {
            say(GapText.of(event));
            printedUpTo = OptionalLong.of(event.nextOffset());
            return done();
        }

        @Override
        public Void heartbeat(LogEvent.Heartbeat event) {
            if (state == DeploymentState.QUEUED) {
                showStatus(queuePlace);
            } else if (event.silentFor().orElse(Duration.ZERO).compareTo(NOTABLE_SILENCE) >= 0) {
                silence = "no output for " + DurationText.of(event.silentFor().orElseThrow());
                showStatus(silence);
            }
            return done();
        }

        @Override
        public Void resuming(LogEvent.Resuming event) {
            String cause =
                    Printable.of(event.cause().replaceFirst("; resume from offset [0-9]+$", "")); // as said below
            if (connected && event.attempt() == 1) {
                say("connection lost (" + cause + "); resuming"
                        + (event.offset().isPresent()
                                ? " from offset " + event.offset().getAsLong()
                                : ""));
            } else {
                showStatus("no connection (" + cause + "); trying again");
            }
            return done();
        }

        @Override
        public Void end(LogEvent.End event) {
            running = Optional.empty();
            showsProgress = false;
            say(new DeploymentText(context.clock(), context.errColours()).summary(event.deployment()));
            return done();
        }

        @SuppressWarnings("NullAway") // a Void is null, there is no other
        private Void done() {
            return null;
        }
    }
}
