package io.deploytail.server.metrics;

import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.EndReason;
import io.deploytail.server.deployment.Tally;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.concurrent.TimeUnit;

/** What has happened since the server started. Thread-safe. */
public final class Counters implements Tally {
    private static final double[] COMMIT_SECONDS = {
        .00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5
    };
    private static final double[] COMMIT_CHANGES = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

    private final Counter ended;
    private final CounterDataPoint captured;
    private final CounterDataPoint committed;
    private final CounterDataPoint sent;
    private final Histogram commitDuration;
    private final Histogram commitChanges;
    private final Counter calls;

    /** Counters in this registry, all at zero. */
    public Counters(PrometheusRegistry registry) {
        ended = Counter.builder()
                .name("deploytail_deployments_ended_total")
                .help("Deployments that have ended, by how.")
                .labelNames("state", "reason")
                .withoutExemplars()
                .register(registry);
        initEnds();
        captured = bytes(registry, "captured", "Output that the server has seen, stored or lost.");
        committed = bytes(registry, "committed", "Bytes of logs that were committed to the database.");
        sent = bytes(registry, "sent", "Bytes of logs that were sent to followers, to each of them.");
        commitDuration = Histogram.builder()
                .name("deploytail_commit_duration_seconds")
                .unit(Unit.SECONDS)
                .help("How long transactions took, from their beginning until they were committed.")
                .classicOnly()
                .classicUpperBounds(COMMIT_SECONDS)
                .withoutExemplars()
                .register(registry);
        commitChanges = Histogram.builder()
                .name("deploytail_commit_changes")
                .help("How many changes were committed together.")
                .classicOnly()
                .classicUpperBounds(COMMIT_CHANGES)
                .withoutExemplars()
                .register(registry);
        calls = Counter.builder()
                .name("deploytail_grpc_calls_total")
                .help("Calls that have ended, by method and status; methods that are not served are 'unknown'.")
                .labelNames("method", "status")
                .withoutExemplars()
                .register(registry);
    }

    private void initEnds() {
        ended.initLabelValues(DeploymentState.SUCCEEDED.name(), EndReason.EXITED.name());
        ended.initLabelValues(DeploymentState.CANCELLED.name(), EndReason.CANCELLED.name());
        for (EndReason reason : EndReason.values()) {
            if (reason != EndReason.CANCELLED) {
                ended.initLabelValues(DeploymentState.FAILED.name(), reason.name());
            }
        }
    }

    private static Counter bytes(PrometheusRegistry registry, String what, String help) {
        return Counter.builder()
                .name("deploytail_log_" + what + "_bytes_total")
                .unit(Unit.BYTES)
                .help(help)
                .withoutExemplars()
                .register(registry);
    }

    @Override
    public void captured(long bytes) {
        captured.inc(bytes);
    }

    @Override
    public void committed(int changes, long logBytes, long nanos) {
        committed.inc(logBytes);
        commitDuration.observe(nanos / (double) TimeUnit.SECONDS.toNanos(1));
        commitChanges.observe(changes);
    }

    @Override
    public void sent(long logBytes) {
        sent.inc(logBytes);
    }

    @Override
    public void ended(DeploymentState state, EndReason reason) {
        ended.labelValues(state.name(), reason.name()).inc();
    }

    /**
     * A call of gRPC has ended.
     *
     * @param method of those that are served; not what a caller has named
     * @param status the name of the code
     */
    public void callEnded(String method, String status) {
        calls.labelValues(method, status).inc();
    }
}
