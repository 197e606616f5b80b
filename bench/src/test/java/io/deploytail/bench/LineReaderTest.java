package io.deploytail.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    private static final LinePool POOL = LinePool.load();
    private static final int LINES = 60;

    private final List<Long> delays = new ArrayList<>();
    private final LineReader reader = new LineReader(POOL, LINES, delays::add);

    @Test
    void delayOfEachLineIsFromItsStampToWhenItCame() {
        reader.accept(POOL.line(0, 1_000), POOL.line(0, 1_000).length, 1_700);
        reader.accept(POOL.line(1, 2_000), POOL.line(1, 2_000).length, 2_050);

        assertThat(delays).containsExactly(700L, 50L);
    }

    @Test
    void linesMayBeCutAnywhere() {
        byte[] all = lines();
        for (int length = 1; length < 200; length++) {
            LineReader cut = new LineReader(POOL, LINES, delays::add);
            for (int from = 0; from < all.length; from += length) {
                byte[] piece = Arrays.copyOfRange(all, from, Math.min(from + length, all.length));
                cut.accept(piece, piece.length, 0);
            }
            assertThat(cut.isComplete()).isTrue();
        }
    }

    @Test
    void missingLineIsFound() {
        accept(POOL.line(0, 0));

        assertThatThrownBy(() -> accept(POOL.line(2, 0))).hasMessageContaining("not line 1");
    }

    @Test
    void doubledLineIsFound() {
        accept(POOL.line(0, 0));

        assertThatThrownBy(() -> accept(POOL.line(0, 0))).hasMessageContaining("not line 1");
    }

    @Test
    void changedByteIsFound() {
        byte[] line = POOL.line(0, 0);
        line[line.length - 2]++;

        assertThatThrownBy(() -> accept(line)).hasMessageContaining("not line 0");
    }

    @Test
    void lineTooManyIsFound() throws Exception {
        reader.readAll(new ByteArrayInputStream(lines()));

        assertThatThrownBy(() -> accept(POOL.line(LINES, 0))).hasMessageContaining("not line " + LINES);
    }

    @Test
    void endThatComesTooEarlyIsFound() {
        byte[] all = lines();

        assertThatThrownBy(() -> reader.readAll(new ByteArrayInputStream(all, 0, all.length - 1)))
                .isInstanceOf(EOFException.class);
    }

    @Test
    void poolKnowsTheLengthOfSoManyLines() {
        assertThat(POOL.bytesOf(LINES)).isEqualTo(lines().length);
    }

    private void accept(byte[] bytes) {
        reader.accept(bytes, bytes.length, 0);
    }

    private static byte[] lines() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int number = 0; number < LINES; number++) {
            all.writeBytes(POOL.line(number, number));
        }
        return all.toByteArray();
    }
}
