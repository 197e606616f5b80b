package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LogTailTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final LogTail tail = new LogTail(10, () -> 128 << 10);

    @Test
    void followersThatHaveComeAsFarShareTheSameBytes() {
        LogDelta delta = append("line\n", START);

        assertThat(tail.from(10, 100)).containsSame(delta);
        assertThat(tail.end()).isEqualTo(15);
    }

    @Test
    void whatCameTogetherIsReadTogether() {
        append("one\n", START);
        append("two\n", START.plusMillis(100));
        append("three\n", START.plusMillis(900));

        assertThat(text(tail.from(12, 100))).isEqualTo("e\ntwo\n");
        assertThat(text(tail.from(18, 100))).isEqualTo("three\n");
    }

    @Test
    void endIsKnownWhenTheBytesAreForgotten() {
        append("line\n", START);

        tail.forgetBytes();

        assertThat(tail.from(10, 100)).isEmpty();
        assertThat(tail.end()).isEqualTo(15);
    }

    @Test
    void pieceHasNoMoreThanAskedFor() {
        append("one\n", START);
        append("two\n", START);

        assertThat(text(tail.from(10, 7))).isEqualTo("one\n");
    }

    @Test
    void whatIsNotHeldIsNotAnswered() {
        append("one\n", START);

        assertThat(tail.from(9, 100)).isEmpty();
        assertThat(tail.from(14, 100)).isEmpty();
        assertThat(tail.from(99, 100)).isEmpty();
        assertThat(tail.has(9)).isFalse();
        assertThat(tail.has(10)).isTrue();
        assertThat(tail.has(13)).isTrue();
        assertThat(tail.has(14)).isFalse();
    }

    @Test
    void onlyTheNewestBytesAreHeld() {
        for (int i = 0; i < 10; i++) {
            append("x".repeat(60_000), START);
        }

        assertThat(tail.from(10, 100)).isEmpty();
        assertThat(tail.from(tail.end() - 60_000, 100)).isPresent();
        assertThat(tail.from(tail.end() - 180_000, 100)).isEmpty();
    }

    @Test
    void manyShortLinesTakeNoMoreMemoryThanFewLongOnes() {
        for (int i = 0; i < 10_000; i++) {
            append("\n", START);
        }

        assertThat(tail.from(tail.end() - 500, 100)).isPresent();
        assertThat(tail.from(tail.end() - 1_000, 100)).isEmpty();
    }

    @Test
    void theMoreLogsGrowTheLessOfEachIsHeld() {
        assertThat(LogTail.share(1)).isEqualTo(1 << 20);
        assertThat(LogTail.share(100)).isEqualTo((8 << 20) / 100);
        assertThat(LogTail.share(10_000)).isEqualTo(64 << 10);
    }

    @Test
    void whatIsBeforeAGapIsForgottenAndWhatFollowsIsNotAnsweredFromBeforeIt() {
        append("one\n", START);

        tail.restartAt(50);
        append("two\n", START);

        assertThat(tail.end()).isEqualTo(54);
        assertThat(tail.from(10, 100)).isEmpty();
        assertThat(tail.from(14, 100)).isEmpty();
        assertThat(tail.from(49, 100)).isEmpty();
        assertThat(text(tail.from(50, 100))).isEqualTo("two\n");
    }

    private LogDelta append(String text, Instant time) {
        LogDelta delta = new LogDelta(tail.end(), time, text.getBytes(StandardCharsets.UTF_8));
        tail.append(delta);
        return delta;
    }

    private static String text(Optional<LogDelta> piece) {
        return new String(piece.orElseThrow().bytes(), StandardCharsets.UTF_8);
    }
}
