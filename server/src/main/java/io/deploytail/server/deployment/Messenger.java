package io.deploytail.server.deployment;

import java.util.Optional;

/** Tells others that a deployment has ended. Thread-safe. */
public interface Messenger {
    /**
     * Tells it. Takes a bounded time.
     *
     * @return why it is not sure to have arrived, a sentence without its end; empty if it has
     */
    Optional<String> deliver(EndNotice notice);

    /** Makes every delivery fail soon, those under way and later ones. */
    void stop();
}
