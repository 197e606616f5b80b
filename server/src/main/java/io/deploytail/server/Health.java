package io.deploytail.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.deploytail.v1.DeployServiceGrpc;
import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** What the health service answers: that the server serves, once it is up and while every part of it works. Thread-safe. */
final class Health {
    private final HealthStatusManager manager = new HealthStatusManager();

    @GuardedBy("this")
    private final Set<String> failing = new HashSet<>();

    @GuardedBy("this")
    private boolean isUp;

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
            failing.remove(part);
        } else {
            failing.add(part);
        }
        tell();
    }

    synchronized void up() {
        isUp = true;
        tell();
    }

    /** For good. */
    void stopping() {
        manager.enterTerminalState();
    }

    private synchronized void tell() {
        ServingStatus status = isUp && failing.isEmpty() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        manager.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        manager.setStatus(DeployServiceGrpc.SERVICE_NAME, status);
    }
}
