package io.deploytail.server.deployment;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Whom to tell when something happens to a deployment. Thread-safe. */
public final class Followers {
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Map<DeploymentId, Set<Runnable>> rings = new HashMap<>();

    /**
     * From now on rings this for the deployment, many times a second while its log grows. Add it before the first look
     * at the deployment.
     *
     * @param ring is run by whoever has news, the thread that stores the log, say, so it must be quick and block on
     *     nothing; what it throws is only logged
     */
    public void add(DeploymentId id, Runnable ring) {
        synchronized (lock) {
            rings.computeIfAbsent(id, unused -> new HashSet<>()).add(ring);
        }
    }

    /** Forgets what was added. A ring that is under way may still arrive. */
    public void remove(DeploymentId id, Runnable ring) {
        synchronized (lock) {
            rings.computeIfPresent(id, (unused, present) -> {
                present.remove(ring);
                return present.isEmpty() ? null : present;
            });
        }
    }

    /** Rings for one deployment. */
    public void ring(DeploymentId id) {
        List<Runnable> bells;
        synchronized (lock) {
            Set<Runnable> present = rings.get(id);
            if (present == null) {
                return;
            }
            bells = List.copyOf(present);
        }
        bells.forEach(Followers::ring); // outside the lock: a ring may run anything
    }

    /** Rings for each deployment that the test picks. */
    public void ringEach(Predicate<DeploymentId> test) {
        List<Runnable> bells = new ArrayList<>();
        synchronized (lock) {
            rings.forEach((id, present) -> {
                if (test.test(id)) {
                    bells.addAll(present);
                }
            });
        }
        bells.forEach(Followers::ring);
    }

    /** One that fails is not to keep the news from the others. */
    private static void ring(Runnable bell) {
        new RepeatedTask("telling a follower", bell).run();
    }
}
