package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QuotasTest {
    private static final Caller CI = new Caller("ci", Role.DEPLOYER, TargetPatterns.ALL);

    private long nowNanos = Long.MAX_VALUE - 1; // as nanoTime may be

    private final Quotas quotas = new Quotas(6, 2, () -> nowNanos);

    @Test
    void startsComeBackEvenly() {
        useUp();

        assertThat(refusal().retryAfter()).isEqualTo(Duration.ofSeconds(10));
        nowNanos += Duration.ofSeconds(4).toNanos();
        assertThat(refusal().retryAfter()).isEqualTo(Duration.ofSeconds(6));
        nowNanos += Duration.ofSeconds(6).toNanos();
        quotas.countStart(CI);
        assertThat(refusal().retryAfter()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void nobodySavesUpMoreThanAMinutesWorth() {
        useUp();

        nowNanos += Duration.ofDays(1).toNanos();

        useUp();
        assertThat(refusal()).hasMessageContaining("6 a minute");
    }

    @Test
    void repeatedStartDoesNotCount() {
        useUp();

        quotas.forgetStart(CI);

        quotas.countStart(CI);
        assertThat(refusal()).isNotNull();
    }

    @Test
    void eachStreamIsGivenBackOnce() {
        quotas.openStream(CI);
        quotas.openStream(CI);
        assertThat(isFull()).isTrue();

        quotas.closeStream(CI);

        quotas.openStream(CI);
        assertThat(isFull()).isTrue();
    }

    @Test
    void whoeverCallsAServerThatDoesNotAskWhoCallsHasNoQuotas() {
        for (int i = 0; i < 1000; i++) {
            quotas.countStart(Caller.ANYONE);
            quotas.openStream(Caller.ANYONE);
        }
        quotas.closeStream(Caller.ANYONE);
    }

    private boolean isFull() {
        return catchThrowableOfType(LimitReachedException.class, () -> quotas.openStream(CI)) != null;
    }

    private void useUp() {
        for (int i = 0; i < 6; i++) {
            quotas.countStart(CI);
        }
    }

    private LimitReachedException refusal() {
        return catchThrowableOfType(LimitReachedException.class, () -> quotas.countStart(CI));
    }
}
