package io.deploytail.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LineStamperTest {
    private static final Instant FIRST = Instant.parse("2026-01-02T03:04:05.006789Z");
    private static final Instant SECOND = Instant.parse("2026-01-02T03:04:06Z");

    private final LineStamper stamper = new LineStamper();

    @Test
    void eachLineBeginsWithTheTimeOfItsFirstChunk() {
        assertThat(stamp("one\ntw", FIRST)).isEqualTo("2026-01-02T03:04:05.006Z one\n2026-01-02T03:04:05.006Z tw");
        assertThat(stamp("o\n", SECOND)).isEqualTo("o\n");
        assertThat(stamp("\nthree", SECOND)).isEqualTo("2026-01-02T03:04:06.000Z \n2026-01-02T03:04:06.000Z three");
    }

    private String stamp(String text, Instant time) {
        return new String(stamper.stamp(text.getBytes(StandardCharsets.UTF_8), time), StandardCharsets.UTF_8);
    }
}
