package io.deploytail.server.process;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.EndNotice;
import io.deploytail.server.deployment.Messenger;
import io.deploytail.server.deployment.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells of an end by running a shell command with the notice on its standard input, as a line. Exit code 0 means that it
 * has arrived. A command that takes too long is killed, with all its processes; what one that has exited left running goes
 * on. Thread-safe.
 */
public final class ShellMessenger implements Messenger {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(1);
    private static final Duration KILL_INTERVAL = Duration.ofMillis(10);

    /** A process that was left running may have the output open for ever. */
    private static final Duration OUTPUT_LIMIT = Duration.ofSeconds(1);

    /** Not the mark of the deployment's own processes: what those left running is to go on. */
    private static final String MARK_NAME = "DEPLOYTAIL_ON_FINISH_OF";

    private final String command;
    private final Duration limit;
    private final Set<Attempt> running = ConcurrentHashMap.newKeySet();
    private volatile boolean isStopped;

    /** @param command what {@code /bin/sh -c} runs, in this process's environment and directory */
    public ShellMessenger(String command) {
        this(command, LIMIT);
    }

    ShellMessenger(String command, Duration limit) {
        this.command = requireNonNull(command);
        this.limit = requireNonNull(limit);
    }

    @Override
    public Optional<String> deliver(EndNotice notice) {
        try {
            return run(notice);
        } catch (IOException e) {
            return Optional.of("the command could not be run: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("the server stops");
        }
    }

    private Optional<String> run(EndNotice notice) throws IOException, InterruptedException {
        Attempt attempt = Attempt.start(command, notice.deploymentId());
        running.add(attempt);
        try {
            if (isStopped) {
                attempt.kill(); // came too late to be seen by whoever stops
            }
            attempt.feed(notice.text());
            return attempt.failureWithin(limit).map(failure -> isStopped ? "the server stops; " + failure : failure);
        } catch (InterruptedException | RuntimeException | Error e) {
            attempt.kill();
            throw e;
        } finally {
            running.remove(attempt);
        }
    }

    @Override
    public void stop() {
        isStopped = true;
        running.forEach(Attempt::kill);
    }

    /** One run of the command. */
    private static final class Attempt {
        private final Process process;
        private final String mark;
        private final OutputTail output;
        private final Thread reader;

        private Attempt(Process process, String mark) {
            this.process = process;
            this.mark = mark;
            this.output = new OutputTail(process.getInputStream());
            this.reader = daemon("on-finish-output", output);
        }

        static Attempt start(String command, DeploymentId id) throws IOException {
            ProcessBuilder builder = new ProcessBuilder("setsid", "/bin/sh", "-c", command).redirectErrorStream(true);
            builder.environment().put(DeploymentId.ENVIRONMENT_NAME, id.text());
            builder.environment().put(MARK_NAME, id.text());
            return new Attempt(builder.start(), MARK_NAME + "=" + id);
        }

        private static Thread daemon(String name, Runnable task) {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        }

        /** Gives it a line to read, and takes what it writes; neither keeps this thread waiting. */
        void feed(String line) {
            reader.start();
            daemon("on-finish-input", () -> write(line + "\n")).start();
        }

        private void write(String text) {
            try (OutputStream input = process.getOutputStream()) {
                input.write(text.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // it need not read what it does not need
            }
        }

        /** Waits for the end, or brings it about. Empty if that was an exit with 0. */
        Optional<String> failureWithin(Duration limit) throws InterruptedException {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                kill();
                return Optional.of(withOutput("the command did not end within " + limit.toSeconds() + " s"));
            }
            int status = process.exitValue();
            return status == 0 ? Optional.empty() : Optional.of(withOutput(describe(status)));
        }

        private static String describe(int status) {
            OptionalInt signal = Outcome.ofExitStatus(status).signal();
            return signal.isPresent()
                    ? "the command was ended by signal " + signal.getAsInt()
                    : "the command exited with " + status;
        }

        private String withOutput(String failure) throws InterruptedException {
            reader.join(OUTPUT_LIMIT.toMillis());
            String text = output.text();
            return text.isEmpty() ? failure : failure + ", its last output was:\n" + text;
        }

        /** Kills its processes until none is left, or for a bounded time. */
        void kill() {
            long deadline = System.nanoTime() + KILL_LIMIT.toNanos();
            List<ProcessStat> left = processes();
            while (!left.isEmpty() && System.nanoTime() - deadline < 0) {
                left.forEach(found -> found.identity().kill());
                LockSupport.parkNanos(KILL_INTERVAL.toNanos());
                left = processes();
            }
        }

        private List<ProcessStat> processes() {
            return ProcessTable.processesOf(OptionalLong.of(process.pid()), mark, List.of());
        }
    }
}
