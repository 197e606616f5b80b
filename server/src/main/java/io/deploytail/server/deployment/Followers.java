package io.deploytail.server.deployment;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** The doorbells to ring when something happens to a deployment. Thread-safe. */
public final class Followers {
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final Map<DeploymentId, Set<Doorbell>> doorbells = new HashMap<>();

    /** From now on rings this doorbell for the deployment. Add it before the first look at the deployment. */
    public void add(DeploymentId id, Doorbell doorbell) {
        synchronized (lock) {
            doorbells.computeIfAbsent(id, unused -> new HashSet<>()).add(doorbell);
        }
    }

    /** Forgets the doorbell. A ring that is under way may still arrive. */
    public void remove(DeploymentId id, Doorbell doorbell) {
        synchronized (lock) {
            doorbells.computeIfPresent(id, (unused, bells) -> {
                bells.remove(doorbell);
                return bells.isEmpty() ? null : bells;
            });
        }
    }

    /** Rings for one deployment. */
    public void ring(DeploymentId id) {
        List<Doorbell> bells;
        synchronized (lock) {
            Set<Doorbell> present = doorbells.get(id);
            if (present == null) {
                return;
            }
            bells = List.copyOf(present);
        }
        bells.forEach(Doorbell::ring); // outside the lock: a ring may run anything
    }

    /** Rings for each deployment that the test picks. */
    public void ringEach(Predicate<DeploymentId> test) {
        List<Doorbell> bells = new ArrayList<>();
        synchronized (lock) {
            doorbells.forEach((id, present) -> {
                if (test.test(id)) {
                    bells.addAll(present);
                }
            });
        }
        bells.forEach(Doorbell::ring);
    }
}
