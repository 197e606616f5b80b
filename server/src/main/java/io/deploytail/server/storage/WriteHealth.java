package io.deploytail.server.storage;

import io.deploytail.server.deployment.Doorbell;
import io.deploytail.server.deployment.StorageException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether writes work. Its listener is told {@code false} once when they begin to fail and {@code true} once when they
 * work again, never two things at once, and under no lock. While they fail, a probe writes each second, so that the end
 * of the trouble is seen even if nobody else writes.
 *
 * <p>Thread-safe.
 */
final class WriteHealth implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(WriteHealth.class);
    private static final long PROBE_SECONDS = 1;

    private final Consumer<Boolean> listener;
    private final Runnable probe;
    private final Doorbell telling = new Doorbell(Runnable::run, this::tell);
    private final ScheduledThreadPoolExecutor prober =
            new ScheduledThreadPoolExecutor(1, DaemonThreads.named("storage-probe"), new DiscardPolicy());

    /** Null while writes work. */
    private volatile @Nullable Throwable failure;

    private volatile boolean toldFailing; // written only by the doorbell's turns
    private @Nullable Future<?> probing; // confined to the doorbell's turns

    /**
     * @param listener must not throw
     * @param probe tries to write something, and by that calls one of the methods below
     */
    WriteHealth(Consumer<Boolean> listener, Runnable probe) {
        this.listener = listener;
        this.probe = probe;
    }

    /** Notes that a write has worked. Tells nobody yet. */
    void succeeded() {
        if (failure != null) {
            failure = null;
        }
    }

    /** Notes that a write has failed. Tells nobody yet. */
    void failed(Throwable cause) {
        failure = cause;
    }

    /** Tells the listener if there is news. To be called under no lock. */
    void tellIfChanged() {
        if ((failure != null) != toldFailing) {
            telling.ring();
        }
    }

    private void tell() {
        Throwable cause = failure;
        boolean failing = cause != null;
        if (failing == toldFailing) {
            return;
        }
        toldFailing = failing;
        if (failing) {
            logger.warn("writing to the database fails; trying again each second", cause);
            probing = prober.scheduleWithFixedDelay(this::probe, PROBE_SECONDS, PROBE_SECONDS, TimeUnit.SECONDS);
        } else {
            logger.info("writing to the database works again");
            if (probing != null) {
                probing.cancel(false);
            }
        }
        listener.accept(!failing);
    }

    private void probe() {
        try {
            probe.run();
        } catch (StorageException e) {
            logger.debug("writing to the database still fails", e);
        }
    }

    /** Ends the probing. */
    @Override
    public void close() {
        prober.shutdownNow();
    }
}
