package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FollowersTest {
    private final Followers followers = new Followers();
    private final DeploymentId id = DeploymentId.create(Instant.parse("2026-01-01T00:00:00Z"));

    @Test
    void whoFailsToListenKeepsTheNewsFromNobodyElse() {
        AtomicInteger rings = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            followers.add(id, rings::incrementAndGet);
            followers.add(id, () -> {
                throw new IllegalStateException("by the test");
            });
        }

        followers.ring(id);
        followers.ringEach(each -> each.equals(id));

        assertThat(rings).hasValue(6);
    }
}
