package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextBoundaryTest {
    @Test
    void textIsCutBehindItsLastLine() {
        assertThat(TextBoundary.before(utf8("one\ntwo\nthr"), 11)).isEqualTo(8);
    }

    @Test
    void textWithoutALineIsNeverCutInsideACharacter() {
        byte[] text = utf8("aé€😀b");
        for (int length = 1; length <= text.length; length++) {
            int cut = TextBoundary.afterLastCharacter(text, length);
            String piece = new String(text, 0, cut, StandardCharsets.UTF_8);
            assertThat(piece).doesNotContain("\uFFFD");
            assertThat(length - cut).isLessThan(4);
        }
    }

    @Test
    void bytesThatAreNoTextAreCutAnywhere() {
        byte[] continuation = {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80};
        byte[] impossible = {'a', (byte) 0xFF};

        assertThat(TextBoundary.before(continuation, 5)).isEqualTo(5);
        assertThat(TextBoundary.before(impossible, 2)).isEqualTo(2);
    }

    @Test
    void nothingButAnUnfinishedCharacterIsCutBehindIt() {
        byte[] unfinished = {(byte) 0xE2, (byte) 0x82};

        assertThat(TextBoundary.afterLastCharacter(unfinished, 2)).isZero();
        assertThat(TextBoundary.before(unfinished, 2)).isEqualTo(2);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
