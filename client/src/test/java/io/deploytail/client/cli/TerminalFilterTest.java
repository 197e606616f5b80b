package io.deploytail.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalFilterTest {
    private static final byte[] HOSTILE =
            bytes("plain \033[1;31mred\033[0m \033[2K\r50%\r\n\033]0;title\007\033[2J\033[6n\u009b5n"
                    + "grüße 日本 🚀\t\b\0\033[>4;2m\033\033[32m" + "\033[" + "1".repeat(80) + "m end\033[");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "one\ntwo\r\n\tthree",
                "\033[1;31mred\033[0m",
                "\033[38;2;1;2;3mtrue colour\033[m",
                "10%\r\033[K20%\033[2K",
                "grüße, 日本, 🚀"
            })
    void textColoursAndErasingALinePass(String log) {
        assertThat(filtered(bytes(log), Integer.MAX_VALUE)).isEqualTo(bytes(log));
    }

    @Test
    void whatCouldTakeOverTheTerminalIsShown() {
        assertThat(filtered("\033[2J")).isEqualTo("^[[2J");
        assertThat(filtered("\033]0;title\007")).isEqualTo("^[]0;title^G");
        assertThat(filtered("\033[6n")).isEqualTo("^[[6n");
        assertThat(filtered("\033[>4;2m")).isEqualTo("^[[>4;2m");
        assertThat(filtered("\033c")).isEqualTo("^[c");
        assertThat(filtered("a\bb\0\177")).isEqualTo("a^Hb^@^?");
        assertThat(filtered("\u009b2J")).isEqualTo("\\xc2\\x9b2J");
        assertThat(filtered("\033[" + "1".repeat(100) + "m"))
                .startsWith("^[[111")
                .endsWith("m");
    }

    @Test
    void bytesThatAreNotUtf8AreShown() {
        byte[] log = {'a', (byte) 0x9b, (byte) 0xff, (byte) 0xe2, (byte) 0x82, 'b', (byte) 0xc0, (byte) 0x9b};

        assertThat(text(filtered(log, Integer.MAX_VALUE))).isEqualTo("a\\x9b\\xff\\xe2\\x82b\\xc0\\x9b");
        // overlong forms of ESC and a half of a surrogate pair
        byte[] malformed = {(byte) 0xe0, (byte) 0x80, (byte) 0x9b, (byte) 0xed, (byte) 0xa0, (byte) 0x80};
        assertThat(text(filtered(malformed, Integer.MAX_VALUE))).isEqualTo("\\xe0\\x80\\x9b\\xed\\xa0\\x80");
    }

    @Test
    void theResultDoesNotDependOnWhereTheLogIsCut() {
        byte[] whole = filtered(HOSTILE, Integer.MAX_VALUE);
        for (int cut = 0; cut <= HOSTILE.length; cut++) {
            assertThat(filtered(HOSTILE, cut)).as("cut at %d", cut).isEqualTo(whole);
        }
        TerminalFilter filter = new TerminalFilter();
        ByteArrayOutputStream singly = new ByteArrayOutputStream();
        for (byte next : HOSTILE) {
            singly.writeBytes(filter.filter(new byte[] {next}));
        }
        singly.writeBytes(filter.finish());
        assertThat(singly.toByteArray()).isEqualTo(whole);
    }

    @Test
    void aColourDoesNotOutlastTheLog() {
        assertThat(filtered("\033[31mred")).isEqualTo("\033[31mred\033[0m");
        assertThat(filtered("\033[31mred\033[m")).isEqualTo("\033[31mred\033[m");
    }

    @Test
    void knowsWhetherTheCursorIsInTheMiddleOfALine() {
        TerminalFilter filter = new TerminalFilter();
        assertThat(isMidLineAfter(filter, "red\n\033[0m")).isFalse();
        assertThat(isMidLineAfter(filter, "\r")).isFalse();
        assertThat(isMidLineAfter(filter, "50%\r")).isTrue();
        assertThat(isMidLineAfter(filter, "\n\033")).isFalse();
        filter.finish();
        assertThat(filter.isMidLine()).isTrue();
    }

    private static boolean isMidLineAfter(TerminalFilter filter, String log) {
        filter.filter(bytes(log));
        return filter.isMidLine();
    }

    private static String filtered(String log) {
        return text(filtered(bytes(log), Integer.MAX_VALUE));
    }

    private static byte[] filtered(byte[] log, int cut) {
        TerminalFilter filter = new TerminalFilter();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int length = Math.min(cut, log.length);
        out.writeBytes(filter.filter(Arrays.copyOfRange(log, 0, length)));
        out.writeBytes(filter.filter(Arrays.copyOfRange(log, length, log.length)));
        out.writeBytes(filter.finish());
        return out.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
