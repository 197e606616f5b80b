package io.deploytail.server.storage;

import io.deploytail.server.deployment.Doorbell;
import io.deploytail.server.deployment.RepeatedTask;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether writes work. Its listener is told {@code false} once when they begin to fail and {@code true} once when they
 * work again, never two things at once, and under no lock. They work again when as many bytes can be written as could
 * not be: on a full disk small changes may still find a place. While they fail, a probe tries that each second, so that
 * the end of the trouble is seen even if nobody else writes.
 *
 * <p>Thread-safe, but for what is said of single methods.
 */
final class WriteHealth implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(WriteHealth.class);
    private static final long PROBE_SECONDS = 1;

    private final Consumer<Boolean> listener;
    private final IntConsumer probe;
    private final Doorbell telling = new Doorbell(Runnable::run, this::tell);
    private final ScheduledExecutorService prober =
            Executors.newSingleThreadScheduledExecutor(DaemonThreads.named("storage-probe"));
    private final Future<?> probing;

    /** Null while writes work. */
    private volatile @Nullable Failure failure;

    private volatile boolean toldFailing; // written only by the doorbell's turns

    /**
     * @param listener must not throw
     * @param probe tries to write so many bytes of log, and by that calls one of the methods below
     */
    WriteHealth(Consumer<Boolean> listener, IntConsumer probe) {
        this.listener = listener;
        this.probe = probe;
        // From the beginning, as the host may have no thread left when one is needed.
        probing = prober.scheduleWithFixedDelay(
                new RepeatedTask("probing the database", this::probeIfFailing),
                PROBE_SECONDS,
                PROBE_SECONDS,
                TimeUnit.SECONDS);
    }

    /** Notes that so many bytes of log were written. Tells nobody yet. Not to be called twice at once. */
    void succeeded(int logBytes) {
        Failure before = failure;
        if (before != null && logBytes >= before.logBytes()) {
            failure = null;
        }
    }

    /** Notes that so many bytes of log could not be written. Tells nobody yet. Not to be called twice at once. */
    void failed(int logBytes, Throwable cause) {
        Failure before = failure;
        failure = new Failure(before == null ? logBytes : Math.max(logBytes, before.logBytes()), cause);
    }

    /** Tells the listener if there is news. To be called under no lock. Never fails. */
    void tellIfChanged() {
        if (isNews()) {
            try {
                telling.ring();
            } catch (RuntimeException | Error e) {
                logger.warn("could not tell whether writing works; trying again", e);
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
                logger.warn("writing to the database fails; trying again each second", now.cause());
            } else {
                logger.info("writing to the database works again");
            }
            listener.accept(now == null);
            toldFailing = now != null;
        }
    }

    private void probeIfFailing() {
        Failure now = failure;
        if (now != null) {
            probe.accept(now.logBytes());
        }
        tellIfChanged();
    }

    /** Ends the probing. */
    @Override
    public void close() {
        probing.cancel(true);
        prober.shutdown();
    }

    /** A write that failed, and how many bytes of log must be written for it to be over. */
    private record Failure(int logBytes, Throwable cause) {}
}
