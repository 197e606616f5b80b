package io.deploytail.server.metrics;

import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/** How things stand, looked at when somebody asks. */
public final class Gauges {
    private Gauges() {}

    /**
     * Gauges in this registry.
     *
     * @param running how many deployments run
     * @param followers how many follow a log
     * @param maxLag how many bytes the slowest of them has yet to be sent
     * @param onDisk what is on disk; to be refreshed by whoever asks
     */
    public static void register(
            PrometheusRegistry registry,
            LongSupplier running,
            LongSupplier followers,
            LongSupplier maxLag,
            DiskState onDisk) {
        gauge(registry, "deploytail_deployments_running", "Deployments that run.", running);
        gauge(registry, "deploytail_followers", "Streams that follow a log.", followers);
        gauge(
                registry,
                "deploytail_follower_lag_max_bytes",
                "How much of its log the slowest follower has yet to be sent.",
                maxLag);
        gauge(registry, "deploytail_deployments_queued", "Deployments that wait.", onDisk, DiskState.Values::queued);
        gauge(
                registry,
                "deploytail_queue_oldest_age_seconds",
                "For how long the oldest queued deployment has waited; 0 if none does.",
                onDisk,
                DiskState.Values::oldestAgeSeconds);
        gauge(
                registry,
                "deploytail_database_size_bytes",
                "What the database's files take on disk.",
                onDisk,
                DiskState.Values::databaseBytes);
        gauge(
                registry,
                "deploytail_runs_size_bytes",
                "What is in the run directories: output that is yet to be committed, mostly.",
                onDisk,
                DiskState.Values::runsBytes);
    }

    private static void gauge(PrometheusRegistry registry, String name, String help, LongSupplier value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(gauge -> gauge.call((double) value.getAsLong()))
                .register(registry);
    }

    private static void gauge(
            PrometheusRegistry registry,
            String name,
            String help,
            DiskState onDisk,
            ToDoubleFunction<DiskState.Values> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(gauge -> onDisk.last().ifPresent(values -> gauge.call(value.applyAsDouble(values))))
                .register(registry);
    }
}
