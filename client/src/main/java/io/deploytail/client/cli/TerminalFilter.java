package io.deploytail.client.cli;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * Takes the power over a terminal out of a log. UTF-8 text, newline, carriage return, tab, colours ({@code ESC [ … m})
 * and the erasing of a line ({@code ESC [ … K}) pass; every other control character, and every byte that is not UTF-8,
 * is written out in visible characters, so that no log can move the cursor, change settings or make the terminal type.
 *
 * <p>The result does not depend on how the log is cut into pieces: a sequence or character that is not complete is held
 * back until it is. Not thread-safe.
 */
final class TerminalFilter {
    private static final int ESCAPE = 0x1b;
    private static final int LONGEST_SEQUENCE = 64;

    private enum State {
        TEXT,
        AFTER_ESCAPE,
        IN_SEQUENCE,
        IN_CHARACTER
    }

    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private ByteArrayOutputStream passed = new ByteArrayOutputStream();
    private State state = State.TEXT;
    private int missing;
    private boolean coloured;
    private boolean midLine;

    byte[] filter(byte[] bytes) {
        for (byte next : bytes) {
            take(next & 0xff);
        }
        return passed();
    }

    /** The end of the log: what is held back is not going to be completed, and a colour is not to outlast the log. */
    byte[] finish() {
        showHeld();
        if (coloured) {
            passed.writeBytes("\033[0m".getBytes(StandardCharsets.US_ASCII));
            coloured = false;
        }
        return passed();
    }

    /** Whether something visible has passed since the last newline. */
    boolean isMidLine() {
        return midLine;
    }

    /** Someone else has written a newline. */
    void lineEnded() {
        midLine = false;
    }

    private void take(int next) {
        switch (state) {
            case TEXT -> begin(next);
            case AFTER_ESCAPE -> {
                if (next == '[') {
                    hold(next, State.IN_SEQUENCE);
                } else {
                    showHeld();
                    begin(next);
                }
            }
            case IN_SEQUENCE -> {
                if (isParameter(next) && held.size() < LONGEST_SEQUENCE) {
                    held.write(next);
                } else if (next == 'm' || next == 'K') {
                    hold(next, State.TEXT);
                    passSequence(next);
                } else {
                    showHeld();
                    begin(next);
                }
            }
            case IN_CHARACTER -> {
                if ((next & 0xc0) == 0x80) {
                    held.write(next);
                    if (--missing == 0) {
                        passCharacter();
                    }
                } else {
                    showHeld();
                    begin(next);
                }
            }
        }
    }

    private void begin(int next) {
        if (next == ESCAPE) {
            hold(next, State.AFTER_ESCAPE);
        } else if (next >= 0xc2 && next <= 0xf4) {
            missing = next < 0xe0 ? 1 : next < 0xf0 ? 2 : 3;
            hold(next, State.IN_CHARACTER);
        } else if (next == '\n' || next == '\r' || next == '\t') {
            passed.write(next);
            midLine = next == '\t' || (midLine && next == '\r');
        } else {
            show(next);
        }
    }

    private void hold(int next, State newState) {
        held.write(next);
        state = newState;
    }

    private void passSequence(int last) {
        if (last == 'm') {
            String sequence = held.toString(StandardCharsets.US_ASCII);
            coloured = !sequence.equals("\033[m") && !sequence.equals("\033[0m");
        }
        passHeld();
    }

    private void passCharacter() {
        byte[] bytes = held.toByteArray();
        String character = new String(bytes, StandardCharsets.UTF_8);
        boolean valid = Arrays.equals(character.getBytes(StandardCharsets.UTF_8), bytes);
        // The second set of control characters, U+0080 to U+009F, has an escape of its own.
        if (valid && !Character.isISOControl(character.codePointAt(0))) {
            passHeld();
            midLine = true;
        } else {
            showHeld();
        }
    }

    private void passHeld() {
        passed.writeBytes(held.toByteArray());
        held.reset();
        state = State.TEXT;
    }

    private void showHeld() {
        for (byte each : held.toByteArray()) {
            show(each & 0xff);
        }
        held.reset();
        state = State.TEXT;
    }

    private void show(int next) {
        midLine = true;
        if (next >= 0x20 && next < 0x7f) {
            passed.write(next);
        } else if (next < 0x80) {
            passed.write('^');
            passed.write(next ^ 0x40);
        } else {
            passed.writeBytes(String.format(Locale.ROOT, "\\x%02x", next).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private byte[] passed() {
        byte[] bytes = passed.toByteArray();
        passed = new ByteArrayOutputStream(bytes.length);
        return bytes;
    }

    private static boolean isParameter(int next) {
        return next >= '0' && next <= ';'; // digits, colon, semicolon
    }
}
