package io.deploytail.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The lines that the generator writes in turn, each behind its number and the time of the write: see {@code generate.c}.
 */
final class LinePool {
    static final int NUMBER_DIGITS = 9;
    static final int STAMP_DIGITS = 16;
    static final int HEAD_BYTES = NUMBER_DIGITS + 1 + STAMP_DIGITS + 1;

    private final List<byte[]> texts;
    private final int bytesPerTurn;

    private LinePool(List<byte[]> texts) {
        this.texts = texts;
        this.bytesPerTurn =
                texts.stream().mapToInt(text -> HEAD_BYTES + text.length).sum();
    }

    /** The pool that comes with the benchmark. */
    static LinePool load() {
        try (InputStream resource = LinePool.class.getResourceAsStream("/lines.txt")) {
            if (resource == null) {
                throw new IllegalStateException("lines.txt is missing");
            }
            String all = new String(resource.readAllBytes(), StandardCharsets.UTF_8);
            List<byte[]> texts = new ArrayList<>();
            all.lines().forEach(line -> texts.add((line + "\n").getBytes(StandardCharsets.UTF_8)));
            return new LinePool(texts);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What follows the head of the line with this number; ends with a newline. */
    byte[] text(long number) {
        return texts.get((int) (number % texts.size()));
    }

    /** The line with this number, written at this time. */
    byte[] line(long number, long nanos) {
        byte[] text = text(number);
        byte[] line = new byte[HEAD_BYTES + text.length];
        putDigits(line, 0, NUMBER_DIGITS, number);
        line[NUMBER_DIGITS] = ' ';
        putDigits(line, NUMBER_DIGITS + 1, STAMP_DIGITS, nanos);
        line[HEAD_BYTES - 1] = ' ';
        System.arraycopy(text, 0, line, HEAD_BYTES, text.length);
        return line;
    }

    private static void putDigits(byte[] target, int from, int digits, long value) {
        long rest = value;
        for (int i = from + digits - 1; i >= from; i--) {
            target[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }

    /** How many lines have about so many bytes. */
    long linesIn(long bytes) {
        return bytes * texts.size() / bytesPerTurn;
    }

    /** How many bytes so many lines have. */
    long bytesOf(long lines) {
        long bytes = lines / texts.size() * bytesPerTurn;
        for (long number = lines - lines % texts.size(); number < lines; number++) {
            bytes += HEAD_BYTES + text(number).length;
        }
        return bytes;
    }

    /** Writes the pool where the generator can read it. */
    void save(Path file) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            for (byte[] text : texts) {
                out.write(text);
            }
        }
    }
}
