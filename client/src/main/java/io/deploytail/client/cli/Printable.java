package io.deploytail.client.cli;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Text from elsewhere, made harmless for a terminal and for a table: no character in it controls anything. */
final class Printable {
    private static final Pattern PLAIN_WORD = Pattern.compile("[\\p{L}\\p{N}@%+=:,./_-]+");

    private Printable() {}

    /** The text with every invisible character written as an escape. */
    static String of(String text) {
        StringBuilder printable = new StringBuilder(text.length());
        text.codePoints().forEach(character -> append(printable, character));
        return printable.toString();
    }

    /** A command on one line, its words told apart by a shell's quotes. */
    static String command(List<String> words) {
        return of(words.stream().map(Printable::quoted).collect(Collectors.joining(" ")));
    }

    /** The text, or as much of its beginning as fits. */
    static String shortened(String text, int maxCharacters) {
        if (text.codePointCount(0, text.length()) <= maxCharacters) {
            return text;
        }
        return text.substring(0, text.offsetByCodePoints(0, maxCharacters - 1)) + "…";
    }

    private static String quoted(String word) {
        return PLAIN_WORD.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private static void append(StringBuilder printable, int character) {
        switch (character) {
            case '\n' -> printable.append("\\n");
            case '\r' -> printable.append("\\r");
            case '\t' -> printable.append("\\t");
            default -> {
                if (isVisible(character)) {
                    printable.appendCodePoint(character);
                } else {
                    printable.append(String.format(character < 0x10000 ? "\\u%04x" : "\\U%08x", character));
                }
            }
        }
    }

    private static boolean isVisible(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT, // among them those that turn the direction of writing around
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }
}
