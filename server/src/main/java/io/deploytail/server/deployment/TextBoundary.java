package io.deploytail.server.deployment;

/** Finds where bytes may be cut so that people can read the pieces. */
public final class TextBoundary {
    private TextBoundary() {}

    /** The index behind the last {@code \n} within {@code length} bytes; 0 if there is none. */
    public static int afterLastLine(byte[] bytes, int length) {
        for (int end = length; end > 0; end--) {
            if (bytes[end - 1] == '\n') {
                return end;
            }
        }
        return 0;
    }

    /**
     * The index behind the last whole UTF-8 character within {@code length} bytes: before an unfinished one at the end,
     * else {@code length}. Bytes that can't be part of a character count as whole.
     */
    public static int afterLastCharacter(byte[] bytes, int length) {
        for (int back = 1; back <= Math.min(3, length); back++) {
            int b = bytes[length - back] & 0xFF;
            if ((b & 0xC0) != 0x80) {
                return sequenceLength(b) > back ? length - back : length;
            }
        }
        return length;
    }

    /** Where to cut bytes that more bytes follow: behind the last line, else the last character, else the end. */
    public static int before(byte[] bytes, int length) {
        int line = afterLastLine(bytes, length);
        if (line > 0) {
            return line;
        }
        int character = afterLastCharacter(bytes, length);
        return character > 0 ? character : length;
    }

    private static int sequenceLength(int lead) {
        if (lead >= 0xC2 && lead <= 0xDF) {
            return 2;
        }
        if (lead >= 0xE0 && lead <= 0xEF) {
            return 3;
        }
        return lead >= 0xF0 && lead <= 0xF4 ? 4 : 1;
    }
}
