package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

class DoorbellTest {
    private final Deque<Runnable> executor = new ArrayDeque<>();
    private int runs;

    @Test
    void anyNumberOfRingsBeforeARunCauseOneRun() {
        Doorbell doorbell = new Doorbell(executor::add, () -> runs++);

        doorbell.ring();
        doorbell.ring();
        doorbell.ring();
        runAll();

        assertThat(runs).isEqualTo(1);
    }

    @Test
    void ringDuringARunCausesOneMoreBehindWhatElseWaits() {
        StringBuilder order = new StringBuilder();
        Doorbell[] doorbell = new Doorbell[1];
        doorbell[0] = new Doorbell(executor::add, () -> {
            order.append('a');
            if (runs++ == 0) {
                doorbell[0].ring();
                doorbell[0].ring();
                executor.add(() -> order.append('b'));
            }
        });

        doorbell[0].ring();
        runAll();

        assertThat(order).hasToString("aba");
    }

    @Test
    void ringAfterARunCausesAnother() {
        Doorbell doorbell = new Doorbell(executor::add, () -> runs++);

        doorbell.ring();
        runAll();
        doorbell.ring();
        runAll();

        assertThat(runs).isEqualTo(2);
    }

    @Test
    void ringHereRunsAtOnceAndLeavesRingsThatComeMeanwhileToTheExecutor() {
        Doorbell[] doorbell = new Doorbell[1];
        doorbell[0] = new Doorbell(executor::add, () -> {
            if (runs++ == 0) {
                doorbell[0].ring();
                doorbell[0].ring();
            }
        });

        assertThat(doorbell[0].ringHere()).isTrue();

        assertThat(runs).isEqualTo(1);
        runAll();
        assertThat(runs).isEqualTo(2);
    }

    @Test
    void ringHereLeavesTheTaskToWhoeverRunsItAlready() {
        Doorbell[] doorbell = new Doorbell[1];
        doorbell[0] = new Doorbell(executor::add, () -> {
            if (runs++ == 0) {
                assertThat(doorbell[0].ringHere()).isFalse();
                assertThat(runs).isEqualTo(1);
            }
        });

        doorbell[0].ring();
        assertThat(doorbell[0].ringHere()).isFalse();
        assertThat(runs).isZero();
        runAll();

        assertThat(runs).isEqualTo(2);
    }

    @Test
    void failureOfTheTaskDoesNotMuteTheDoorbell() {
        Doorbell doorbell = new Doorbell(executor::add, () -> {
            if (runs++ == 0) {
                throw new IllegalStateException("the first fails");
            }
        });

        assertThatIllegalStateException().isThrownBy(doorbell::ringHere);
        doorbell.ringHere();

        assertThat(runs).isEqualTo(2);
    }

    private void runAll() {
        while (!executor.isEmpty()) {
            executor.remove().run();
        }
    }
}
