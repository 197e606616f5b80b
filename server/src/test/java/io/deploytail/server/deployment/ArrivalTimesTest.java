package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class ArrivalTimesTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final ArrivalTimes arrivals = new ArrivalTimes(100);

    @Test
    void bytesKeepTheTimeAtWhichTheyWereFirstSeen() {
        arrivals.note(110, START);
        arrivals.note(120, START.plusSeconds(5));

        assertThat(arrivals.timeOf(100)).isEqualTo(START);
        assertThat(arrivals.timeOf(109)).isEqualTo(START);
        assertThat(arrivals.timeOf(110)).isEqualTo(START.plusSeconds(5));
    }

    @Test
    void bytesThatComeSoonAfterStoredOnesHaveATimeOfTheirOwn() {
        arrivals.note(110, START);
        arrivals.forgetBefore(110);

        arrivals.note(120, START.plusMillis(1));

        assertThat(arrivals.timeOf(110)).isEqualTo(START.plusMillis(1));
    }

    @Test
    void whatIsNotStoredYetKeepsItsTimeWhateverWasReadBehindIt() {
        arrivals.note(110, START);
        arrivals.note(120, START.plusSeconds(5));
        arrivals.note(130, START.plusSeconds(9));
        arrivals.forgetBefore(115);

        assertThat(arrivals.timeOf(125)).isEqualTo(START.plusSeconds(9));
        assertThat(arrivals.timeOf(115)).isEqualTo(START.plusSeconds(5));
        assertThat(arrivals.endOfSpan(115)).isEqualTo(120);
    }

    @Test
    void timesBecomeCoarserRatherThanManyWhenNothingIsStored() {
        Instant now = START;
        for (int size = 101; size < 2_000_000; size++) {
            now = now.plusMillis(1);
            arrivals.note(size, now);
        }

        assertThat(arrivals.timeOf(1_999_998)).isBetween(now.minusMillis(250), now);
    }

    @Test
    void bytesWrittenFarApartAreNotReadTogether() {
        arrivals.note(110, START);
        arrivals.note(120, START.plusMillis(500));
        arrivals.note(130, START.plusMillis(1000));

        assertThat(arrivals.endOfSpan(100)).isEqualTo(120);
    }

    @Test
    void bytesWrittenAtOnceAreReadTogether() {
        arrivals.note(110, START);
        arrivals.note(5000, START.plusMillis(3));

        assertThat(arrivals.endOfSpan(100)).isEqualTo(5000);
    }

    @Test
    void onlyGrowthIsNews() {
        assertThat(arrivals.note(100, START)).isZero();
        assertThat(arrivals.note(101, START)).isEqualTo(1);
        assertThat(arrivals.note(101, START)).isZero();
    }

    @Test
    void clockThatJumpsBackHarmsNothing() {
        arrivals.note(110, START);
        arrivals.note(120, START.minusSeconds(60));

        assertThat(arrivals.timeOf(105)).isEqualTo(START);
        assertThat(arrivals.endOfSpan(105)).isEqualTo(110);
        assertThat(arrivals.timeOf(115)).isEqualTo(START.minusSeconds(60));
        assertThat(arrivals.endOfSpan(115)).isEqualTo(120);
    }
}
