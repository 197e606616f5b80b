package io.deploytail.server.deployment;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What supervising a run takes.
 *
 * @param executor runs the turns that no change of a run brings, and those that follow them; they may block on storage
 * @param timers only rings doorbells
 * @param gracePeriod how long a command that was told to end may take before it is killed
 * @param logLimit how many bytes of one log are kept; at least {@link #MIN_LOG_LIMIT}
 * @param tally told of what is captured
 */
public record RunServices(
        CommandLauncher launcher,
        DeploymentStore deployments,
        LogStore logs,
        Clock clock,
        Executor executor,
        ScheduledExecutorService timers,
        Duration gracePeriod,
        long logLimit,
        Tally tally) {
    /** The least log limit. */
    public static final long MIN_LOG_LIMIT = 1 << 20;

    public RunServices {
        if (logLimit < MIN_LOG_LIMIT) {
            throw new IllegalArgumentException("bad log limit: " + logLimit);
        }
    }
}
