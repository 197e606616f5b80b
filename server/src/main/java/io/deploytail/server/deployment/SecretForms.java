package io.deploytail.server.deployment;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The forms in which a secret may come to light: as it is, line by line, and as programs write it into base64, URLs, JSON and
 * shell scripts.
 */
final class SecretForms {
    /** What is shorter would be found where it is not meant. In bytes. */
    static final int MIN_LENGTH = 6;

    /** The same for what is but a part of one. */
    private static final int MIN_PART_LENGTH = 8;

    private static final int BASE64_GROUP = 3;
    private static final int BASE64_BITS = 6;

    /** What programs escape in JSON without need: nothing, or what has a meaning in scripts, or in HTML as well. */
    private static final List<String> ESCAPED_IN_JSON =
            List.of("", "\u2028\u2029", "<>&\u2028\u2029", "<>&'=\u2028\u2029");

    private final Map<String, byte[]> forms = new TreeMap<>();

    private SecretForms() {}

    /** Whether it can be masked. */
    static boolean isLongEnough(byte[] value) {
        return value.length >= MIN_LENGTH;
    }

    /** All forms of these secrets, but for those that are too short. */
    static Collection<byte[]> of(Collection<byte[]> values) {
        SecretForms forms = new SecretForms();
        values.stream().filter(SecretForms::isLongEnough).forEach(forms::addAll);
        return forms.forms.values();
    }

    private void addAll(byte[] value) {
        add(value);
        addBase64(value);
        String text = new String(value, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), value)) {
            return; // the other forms are those of texts
        }
        String url = URLEncoder.encode(text, StandardCharsets.UTF_8);
        add(url);
        add(url.replace("+", "%20"));
        add(lowerCaseEscapes(url));
        add(lowerCaseEscapes(url.replace("+", "%20")));
        add(text.replace("%", "%25").replace(" ", "%20"));
        for (boolean escapesSlashes : new boolean[] {false, true}) {
            for (boolean escapesAllButAscii : new boolean[] {false, true}) {
                for (String alsoEscaped : ESCAPED_IN_JSON) {
                    add(json(text, escapesSlashes, escapesAllButAscii, alsoEscaped));
                }
            }
        }
        add(text.replace("'", "'\\''"));
        add(text.replace("'", "'\"'\"'"));
        add(text.replaceAll("([\"$`\\\\])", "\\\\$1"));
        add(text.replaceAll("([^A-Za-z0-9_./:=@%+,\\n-])", "\\\\$1"));
        add(text.replace("\n", "\r\n"));
        text.lines()
                .map(String::strip)
                .filter(line -> length(line) >= MIN_PART_LENGTH)
                .forEach(this::add);
    }

    private static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private void add(String text) {
        add(text.getBytes(StandardCharsets.UTF_8));
    }

    private void add(byte[] form) {
        if (form.length >= MIN_LENGTH) {
            forms.put(new String(form, StandardCharsets.ISO_8859_1), form);
        }
    }

    /** As it looks within something longer that is encoded: the characters that no byte before or behind it has a part in. */
    private void addBase64(byte[] value) {
        for (int before = 0; before < BASE64_GROUP; before++) {
            byte[] shifted = new byte[before + value.length];
            System.arraycopy(value, 0, shifted, before, value.length);
            int first = (before * Byte.SIZE + BASE64_BITS - 1) / BASE64_BITS;
            int last = shifted.length * Byte.SIZE / BASE64_BITS;
            for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                add(encoder.encodeToString(shifted).substring(first, last));
            }
        }
    }

    private static String lowerCaseEscapes(String url) {
        StringBuilder text = new StringBuilder(url);
        for (int at = text.indexOf("%"); at >= 0; at = text.indexOf("%", at + 1)) {
            text.replace(at, at + 3, text.substring(at, at + 3).toLowerCase(Locale.ROOT));
        }
        return text.toString();
    }

    /** As in a JSON string (RFC 8259, section 7). */
    private static String json(String text, boolean escapesSlashes, boolean escapesAllButAscii, String alsoEscaped) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            switch (each) {
                case '"' -> escaped.append("\\\"");
                case '\\' -> escaped.append("\\\\");
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                case '\b' -> escaped.append("\\b");
                case '\f' -> escaped.append("\\f");
                case '/' -> escaped.append(escapesSlashes ? "\\/" : "/");
                default -> {
                    boolean isEscaped =
                            each < ' ' || (escapesAllButAscii && each > '~') || alsoEscaped.indexOf(each) >= 0;
                    escaped.append(isEscaped ? String.format("\\u%04x", (int) each) : each);
                }
            }
        }
        return escaped.toString();
    }
}
