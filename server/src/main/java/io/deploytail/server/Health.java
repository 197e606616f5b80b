package io.deploytail.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.deploytail.v1.DeployServiceGrpc;
import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/** What the health service answers: that the server serves, once it is up and while every part of it works. Thread-safe. */
final class Health {
    private static final String STARTING = "starting";
    private static final String STOPPING = "stopping";

    private final HealthStatusManager manager = new HealthStatusManager();

    @GuardedBy("this")
    private final SortedSet<String> faults = new TreeSet<>(Set.of(STARTING));

    Health() {
        tell();
    }

    BindableService service() {
        return manager.getHealthService();
    }

    /** Whom a part of the server tells when it begins to fail and when it works again. */
    Consumer<Boolean> part(String name) {
        return isWell -> set(name, isWell);
    }

    private synchronized void set(String part, boolean isWell) {
        if (isWell) {
            faults.remove(part);
        } else {
            faults.add(part);
        }
        tell();
    }

    void up() {
        set(STARTING, true);
    }

    /** For good. */
    void stopping() {
        set(STOPPING, false);
        manager.enterTerminalState();
    }

    /** Why the server does not serve: the parts that fail, or that it is starting or stopping. Empty while it serves. */
    synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    private synchronized void tell() {
        ServingStatus status = faults.isEmpty() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        manager.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        manager.setStatus(DeployServiceGrpc.SERVICE_NAME, status);
    }
}
