package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogDeltaTest {
    @Test
    void countsNewlinesAmongBytesThatAreLikeThemWhereverTheyAre() {
        Random random = new Random(1);
        byte[] alike = {'\n', '\n', '\n' - 1, '\n' + 1, 0, (byte) ('\n' | 0x80), 0x7F, (byte) 0xFF};
        for (int length = 1; length < 100; length++) {
            byte[] bytes = new byte[length];
            int newlines = 0;
            for (int i = 0; i < length; i++) {
                bytes[i] = alike[random.nextInt(alike.length)];
                newlines += bytes[i] == '\n' ? 1 : 0;
            }

            assertThat(new LogDelta(0, Instant.EPOCH, bytes).newlines()).isEqualTo(newlines);
        }
    }
}
