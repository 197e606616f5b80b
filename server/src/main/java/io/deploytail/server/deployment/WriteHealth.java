package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether writes to one thing work. Its listener is told {@code false} once when they begin to fail and {@code true} once when they
 * work again, never two things at once, and under no lock. They work again when as many bytes can be written as could
 * not be: on a full disk small changes may still find a place. While they fail, a probe tries that each second, so that
 * the end of the trouble is seen even if nobody else writes.
 *
 * <p>Thread-safe.
 */
public final class WriteHealth implements AutoCloseable {
    private static final Logger logger = System.getLogger(WriteHealth.class.getName());
    private static final long PROBE_SECONDS = 1;

    private final String thing;
    private final Consumer<Boolean> listener;
    private final IntConsumer probe;
    private final Doorbell telling = new Doorbell(Runnable::run, this::tell);
    private final ScheduledExecutorService prober = Executors.newSingleThreadScheduledExecutor(WriteHealth::daemon);
    private final Future<?> probing;

    /** Null while writes work. Changed under the lock only. */
    private volatile @Nullable Failure failure;

    private volatile boolean toldFailing; // written only by the doorbell's turns

    /**
     * @param thing what is written to, for the log
     * @param listener must not throw
     * @param probe tries to write so many bytes, and by that calls {@link #succeeded} or {@link #failed}
     */
    public WriteHealth(String thing, Consumer<Boolean> listener, IntConsumer probe) {
        this.thing = requireNonNull(thing);
        this.listener = requireNonNull(listener);
        this.probe = requireNonNull(probe);
        // From the beginning, as the host may have no thread left when one is needed.
        probing = prober.scheduleWithFixedDelay(
                new RepeatedTask("probing " + thing, this::probeIfFailing),
                PROBE_SECONDS,
                PROBE_SECONDS,
                TimeUnit.SECONDS);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "write-probe");
        thread.setDaemon(true);
        return thread;
    }

    /** Notes that so many bytes were written. Tells nobody yet. */
    public synchronized void succeeded(int bytes) {
        Failure before = failure;
        if (before != null && bytes >= before.bytes()) {
            failure = null;
        }
    }

    /** Notes that so many bytes could not be written. Tells nobody yet. */
    public synchronized void failed(int bytes, Throwable cause) {
        Failure before = failure;
        failure = new Failure(before == null ? bytes : Math.max(bytes, before.bytes()), cause);
    }

    /** Tells the listener if there is news. To be called under no lock. Never fails. */
    public void tellIfChanged() {
        if (isNews()) {
            try {
                telling.ring();
            } catch (RuntimeException | Error e) {
                logger.log(Level.WARNING, "could not tell whether writing to " + thing + " works; trying again", e);
            }
        }
    }

    private boolean isNews() {
        return (failure != null) != toldFailing;
    }

    private void tell() {
        while (isNews()) { // also what came while the last was told
            Failure now = failure;
            if (now != null) {
                logger.log(Level.WARNING, "writing to " + thing + " fails; trying again each second", now.cause());
            } else {
                logger.log(Level.INFO, "writing to " + thing + " works again");
            }
            listener.accept(now == null);
            toldFailing = now != null;
        }
    }

    private void probeIfFailing() {
        Failure now = failure;
        if (now != null) {
            probe.accept(now.bytes());
        }
        tellIfChanged();
    }

    /** Ends the probing. */
    @Override
    public void close() {
        probing.cancel(true);
        prober.shutdown();
    }

    /** A write that failed, and how many bytes must be written for it to be over. */
    private record Failure(int bytes, Throwable cause) {}
}
