package io.deploytail.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RetriesTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final AtomicLong nanos = new AtomicLong();
    private final Retries retries =
            new Retries(RetryPolicy.standard().withDelays(Duration.ofMillis(100), Duration.ofSeconds(1)), nanos::get);

    @Test
    void delaysDoubleUpToTheLongestAndAreShortenedByAtMostAHalf() {
        List<Long> longest = List.of(100L, 200L, 400L, 800L, 1000L, 1000L);
        List<Long> delays = new ArrayList<>();
        for (int i = 0; i < longest.size(); i++) {
            delays.add(retries.afterFailure(PATIENCE).orElseThrow().toMillis());
        }

        for (int i = 0; i < longest.size(); i++) {
            assertThat(delays.get(i)).isBetween(longest.get(i) / 2, longest.get(i));
        }
    }

    @Test
    void progressStartsAnew() {
        retries.afterFailure(PATIENCE);
        retries.afterFailure(PATIENCE);
        nanos.addAndGet(PATIENCE.toNanos());
        retries.progress();

        assertThat(retries.failures()).isZero();
        assertThat(retries.afterFailure(PATIENCE).orElseThrow()).isLessThanOrEqualTo(Duration.ofMillis(100));
    }

    @Test
    void patienceCountsFromTheBeginningIfItShould() {
        retries.countFromNow();
        nanos.addAndGet(PATIENCE.toNanos());

        assertThat(retries.afterFailure(PATIENCE)).isEmpty();
    }

    @Test
    void aPolicyThatWouldNotWaitIsRefused() {
        RetryPolicy policy = RetryPolicy.standard();

        assertThatThrownBy(() -> policy.withDelays(Duration.ZERO, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a millisecond or more");
    }

    @Test
    void theLastAttemptIsMadeWhenPatienceEnds() {
        retries.afterFailure(PATIENCE);
        nanos.addAndGet(PATIENCE.minusMillis(1).toNanos());

        assertThat(retries.afterFailure(PATIENCE)).hasValue(Duration.ofMillis(1));

        nanos.addAndGet(Duration.ofMillis(1).toNanos());
        assertThat(retries.afterFailure(PATIENCE)).isEmpty();
    }
}
