package io.deploytail.server.deployment;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Whom to tell that some deployment has changed. Thread-safe. */
public final class Watchers {
    private final Set<Runnable> rings = ConcurrentHashMap.newKeySet();

    /**
     * From now on rings this after each change. Add it before the first look.
     *
     * @param ring is run by whoever has made the change, so it must be quick
     */
    public void add(Runnable ring) {
        rings.add(ring);
    }

    /** Forgets what was added. A ring that is under way may still arrive. */
    public void remove(Runnable ring) {
        rings.remove(ring);
    }

    void ring() {
        rings.forEach(Runnable::run);
    }
}
