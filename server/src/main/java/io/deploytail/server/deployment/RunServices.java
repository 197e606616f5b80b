package io.deploytail.server.deployment;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What supervising a run takes.
 *
 * @param executor runs the turns, which may block on storage
 * @param timers only rings doorbells
 * @param gracePeriod how long a command that was told to end may take before it is killed
 */
public record RunServices(
        CommandLauncher launcher,
        DeploymentStore deployments,
        LogStore logs,
        Clock clock,
        Executor executor,
        ScheduledExecutorService timers,
        Duration gracePeriod) {}
