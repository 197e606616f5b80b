package io.deploytail.server.deployment;

import java.time.Instant;
import java.util.Optional;

/**
 * The deployments that are queued.
 *
 * @param size how many they are
 * @param oldest when the first of them was recorded; empty if there are none
 */
public record Backlog(int size, Optional<Instant> oldest) {}
