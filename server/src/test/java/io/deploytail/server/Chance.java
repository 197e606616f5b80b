package io.deploytail.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Makes what is nearly right by chance, the same again for the same seed. Texts never have what a test could take for a
 * sign of something inside the server. Not thread-safe.
 */
public final class Chance {
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private static final long[] EDGES = {
        0,
        1,
        2,
        63,
        64,
        65,
        127,
        128,
        255,
        256,
        1000,
        1001,
        65_535,
        65_536,
        999_999_999,
        1_000_000_000,
        Integer.MAX_VALUE,
        1L << 31,
        1L << 32,
        1L << 53,
        999_999_999_999_999_999L,
        Long.MAX_VALUE
    };

    /** Each has been the cause of a fault somewhere. */
    private static final List<String> TRICKS = List.of(
            "",
            " ",
            "\0",
            "\n",
            "\r\n",
            "\t",
            "\u001B[31m",
            "\u007F",
            "\u0085",
            "\u00A0",
            "\u200B",
            "\u202E",
            "\u2028",
            "\uFEFF",
            "\uFFFD",
            "\uFFFF",
            "\uD800",
            "\uDC00",
            "ä",
            "e\u0301",
            "€",
            "😀",
            "👩‍👩‍👧",
            "İı",
            "ß",
            "'",
            "\"",
            "`",
            "\\",
            "/",
            "../",
            "/../../etc/passwd",
            "%",
            "%00",
            "%2e%2e%2f",
            "%zz",
            "+",
            "&",
            "=",
            ";",
            ":",
            "@",
            "#",
            "?",
            "*",
            "-",
            "--",
            "$",
            "${",
            "${x}",
            "$(id)",
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "|",
            "<b>",
            "]]>",
            "%n%s",
            "-1",
            "0",
            "00",
            "1e999",
            "NaN",
            "0x1",
            "9223372036854775808",
            "null",
            "true",
            "~");

    private static final String PLAIN = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789._-";

    private final Random random;

    public Chance(long seed) {
        this.random = new Random(seed * SPREAD);
    }

    public int below(int bound) {
        return random.nextInt(bound);
    }

    /** Happens once in so many times. */
    public boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    public final <T> T oneOf(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    public <T> T oneOf(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    /** A number that something is likely to begin or end at, of either sign, or near it; sometimes any. */
    public long number() {
        long number = oneIn(4) ? random.nextLong() : EDGES[random.nextInt(EDGES.length)] + below(3) - 1;
        return oneIn(5) ? -number : number;
    }

    public byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Letters, digits and what names may have besides. */
    public String plain(int maxLength) {
        StringBuilder text = new StringBuilder();
        for (int rest = below(maxLength + 1); rest > 0; rest--) {
            text.append(PLAIN.charAt(below(PLAIN.length())));
        }
        return text.toString();
    }

    /** A word, mostly plain. */
    public String text() {
        String plain = plain(oneIn(10) ? 300 : 12);
        return oneIn(3) ? mutated(plain) : plain;
    }

    public String trick() {
        return oneOf(TRICKS);
    }

    /** The text with a few changes. */
    public String mutated(String text) {
        String mutated = text;
        for (int changes = 1 + below(3); changes > 0; changes--) {
            mutated = changed(mutated);
        }
        return mutated;
    }

    private String changed(String text) {
        int from = below(text.length() + 1);
        int to = from + below(text.length() - from + 1);
        String piece = text.substring(from, to);
        return switch (below(9)) {
            case 0 -> text.substring(0, from);
            case 1 -> text.substring(0, from) + text.substring(to);
            case 2 -> text.substring(0, to) + piece + text.substring(to);
            case 3 -> text.substring(0, from) + number() + text.substring(from);
            case 4 -> text.substring(0, from) + trick().repeat(1 + (oneIn(8) ? below(200) : 0)) + text.substring(to);
            case 5 -> text.substring(0, from) + (char) below(0x250) + text.substring(Math.min(text.length(), from + 1));
            case 6 -> text.substring(to) + text.substring(0, to);
            default -> text.substring(0, from) + trick() + text.substring(from);
        };
    }

    /** The bytes with a few changes. */
    public byte[] mutated(byte[] bytes) {
        byte[] mutated = bytes;
        for (int changes = 1 + below(4); changes > 0; changes--) {
            mutated = changed(mutated);
        }
        return mutated;
    }

    private byte[] changed(byte[] bytes) {
        int from = below(bytes.length + 1);
        int to = from + below(bytes.length - from + 1);
        return switch (below(7)) {
            case 0 -> Arrays.copyOf(bytes, from);
            case 1 -> joined(Arrays.copyOf(bytes, from), Arrays.copyOfRange(bytes, to, bytes.length));
            case 2 -> joined(Arrays.copyOf(bytes, to), Arrays.copyOfRange(bytes, from, bytes.length));
            case 3 ->
                joined(Arrays.copyOf(bytes, from), bytes(below(5)), Arrays.copyOfRange(bytes, from, bytes.length));
            case 4 ->
                joined(
                        Arrays.copyOf(bytes, from),
                        trick().getBytes(StandardCharsets.UTF_8),
                        Arrays.copyOfRange(bytes, to, bytes.length));
            default -> {
                byte[] flipped = bytes.clone();
                if (from < flipped.length) {
                    flipped[from] ^= (byte) (1 << below(Byte.SIZE));
                }
                yield flipped;
            }
        };
    }

    private static byte[] joined(byte[]... pieces) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            joined.writeBytes(piece);
        }
        return joined.toByteArray();
    }
}
