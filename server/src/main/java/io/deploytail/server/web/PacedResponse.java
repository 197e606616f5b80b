package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Doorbell;
import io.deploytail.server.deployment.StorageException;
import io.deploytail.server.deployment.UnknownDeploymentException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import org.eclipse.jetty.util.Callback;

/**
 * A body that goes out at its caller's pace: a doorbell, and turns that each write a part once the one before has been
 * taken. A slow caller costs one part of memory and no thread.
 *
 * <p>Thread-safe. What a subclass has in fields is confined to the turns unless it is final or volatile.
 */
abstract class PacedResponse {
    private static final Logger logger = System.getLogger(PacedResponse.class.getName());

    private static final int PART_BYTES = 64 << 10;

    private final Exchange exchange;
    private final Doorbell doorbell;

    private ByteArrayOutputStream part = new ByteArrayOutputStream();
    private volatile boolean isStarted;
    private volatile boolean isWriting;
    private volatile boolean isEnded;
    private volatile boolean isCutOff;
    private volatile boolean isClosed;

    /** @param executor runs the turns, which may block on storage */
    PacedResponse(Exchange exchange, Executor executor) {
        this.exchange = requireNonNull(exchange);
        this.doorbell = new Doorbell(executor, this::takeTurn);
    }

    /** To whom it goes. */
    abstract Caller caller();

    /** Adds to the part. False if there is nothing more for now, or ever. */
    abstract boolean advance();

    /** Is run once, when nothing more will be written. */
    void closed() {}

    /** Begins to write. To be called once, when all is ready for that; before it, nothing happens. */
    final void begin() {
        isStarted = true;
        ring();
    }

    /** Looks, soon, whether there is something to write. */
    final void ring() {
        doorbell.ring();
    }

    /** Writes no more: breaks off, so that the caller notices. */
    final void cutOff() {
        isCutOff = true;
        ring();
    }

    final void add(byte[] bytes) {
        part.writeBytes(bytes);
    }

    final void add(String text) {
        add(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Ends the body behind what was added. */
    final void end() {
        isEnded = true;
    }

    private void takeTurn() {
        if (!isStarted || isWriting || isClosed) {
            return;
        }
        if (isCutOff) {
            close();
            exchange.breakOff(new IOException("cut off: the caller's rights have changed"));
            return;
        }
        try {
            boolean mayHaveMore = true;
            while (mayHaveMore && !isEnded && part.size() < PART_BYTES) {
                mayHaveMore = advance();
            }
        } catch (RuntimeException | Error e) {
            close();
            if (!(e instanceof StorageException || e instanceof UnknownDeploymentException)) {
                logger.log(Level.ERROR, "could not go on with an answer", e);
            }
            exchange.breakOff(e);
            return;
        }
        if (part.size() > 0 || isEnded) {
            isWriting = true;
            ByteBuffer bytes = ByteBuffer.wrap(part.toByteArray());
            part = new ByteArrayOutputStream(); // not one that keeps the largest part's memory
            exchange.write(isEnded, bytes, Callback.from(this::written, this::failed));
        }
    }

    private void written() {
        if (isEnded) {
            close();
            exchange.succeed();
        } else {
            isWriting = false;
            ring();
        }
    }

    private void failed(Throwable failure) {
        close();
        exchange.breakOff(failure);
    }

    private void close() {
        isClosed = true;
        closed();
    }
}
