package io.deploytail.server.deployment;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.deploytail.server.Chance;
import io.deploytail.server.Fuzz;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Secrets by chance, in output of them and of parts of them. No secret has a star, or it would be in what is masked. */
class MaskingFuzzTest {
    private static final Pattern NOT_ASCII = Pattern.compile("[^\\x00-\\x7F]");
    private static final Pattern HTML = Pattern.compile("[<>&]");
    private static final Gson PLAIN_JSON =
            new GsonBuilder().disableHtmlEscaping().create();
    private static final List<String> SPECIAL = List.of(
            "'", "\"", "\\", " ", "$", "&", "=", "<", "/", "%", "+", "`", "\n", "\r\n", "\t", "ä", "☃", "😀", "#");

    @Test
    void resultIsThatOfLookingForEachFormAtEachPlaceHoweverTheOutputComes() {
        Fuzz.run(chance -> {
            List<byte[]> secrets = secrets(chance);
            Collection<byte[]> forms = SecretForms.of(secrets);
            byte[] output = output(chance, secrets, forms);
            byte[] expected = masked(output, output.length, forms);

            long startNanos = System.nanoTime();
            FixedOutput run = new FixedOutput(output);
            Masking masking = new Masking(secrets);
            ByteArrayOutputStream log = new ByteArrayOutputStream();
            while (log.size() < output.length) {
                run.end = Math.min(output.length, run.end + chance.below(chance.oneOf(2, 10, 100, 1000)));
                if (chance.oneIn(8)) {
                    masking = new Masking(secrets);
                }
                boolean isPause = run.end == output.length || chance.oneIn(8);
                int start = log.size();
                int end = (int) masking.look(run, start, run.end, isPause);
                int held = Math.min(run.end - start, pending(output, run.end, forms));
                if (System.nanoTime() - startNanos < Masking.MAX_HOLD.toNanos()) {
                    assertThat(end).isEqualTo(run.end - (isPause ? 0 : held));
                } else {
                    assertThat(end).isIn(run.end, run.end - held);
                }

                int stored = chance.oneIn(3) ? start + chance.below(end - start + 1) : end;
                byte[] bytes = masking.mask(Arrays.copyOfRange(output, start, stored), start);
                byte[] known = end < run.end ? expected : masked(output, run.end, forms);
                assertThat(text(bytes)).isEqualTo(text(Arrays.copyOfRange(known, start, stored)));
                log.writeBytes(bytes);
                run.released = Math.max(run.released, log.size() - masking.overlap());
            }
            return !Arrays.equals(expected, output);
        });
    }

    @Test
    void noFormThatAProgramWritesIsLeft() {
        Fuzz.run(chance -> {
            String secret = text(chance, 6 + chance.below(12));
            if (secret.isBlank() || secret.getBytes(UTF_8).length < SecretForms.MIN_LENGTH) {
                return false;
            }
            String written = chance.oneOf(encoded(chance, secret));
            byte[] output = ("before " + written + " behind").getBytes(UTF_8);

            FixedOutput run = new FixedOutput(output);
            run.end = output.length;
            Masking masking = new Masking(List.of(secret.getBytes(UTF_8)));
            assertThat(masking.look(run, 0, run.end, true)).isEqualTo(run.end);
            byte[] masked = masking.mask(output, 0);

            assertThat(masked).hasSameSizeAs(output);
            assertThat(new String(masked, UTF_8))
                    .as("of a secret %s", secret)
                    .startsWith("before ")
                    .endsWith(" behind")
                    .doesNotContain(written);
            return true;
        });
    }

    private static List<byte[]> secrets(Chance chance) {
        List<byte[]> secrets = new ArrayList<>();
        String alphabet = chance.oneOf("ab", "abc");
        for (int count = 1 + chance.below(4); count > 0; count--) {
            int length = chance.below(20);
            switch (chance.below(4)) {
                case 0 -> secrets.add(text(chance, length).getBytes(UTF_8));
                case 1 ->
                    secrets.add(text(chance.bytes(length)).replace('*', '.').getBytes(ISO_8859_1));
                default -> secrets.add(letters(chance, alphabet, length).getBytes(UTF_8));
            }
        }
        secrets.removeIf(secret -> text(secret).isBlank());
        return secrets;
    }

    private static String letters(Chance chance, String alphabet, int length) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < length; i++) {
            letters.append(alphabet.charAt(chance.below(alphabet.length())));
        }
        return letters.toString();
    }

    private static String text(Chance chance, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(chance.oneIn(3) ? chance.oneOf(SPECIAL) : letters(chance, "abcXYZ019-_", 1));
        }
        return text.toString();
    }

    /** Whole forms and parts of them, close to each other, with something between them now and then. */
    private static byte[] output(Chance chance, List<byte[]> secrets, Collection<byte[]> forms) {
        List<byte[]> sources = new ArrayList<>(forms);
        sources.addAll(secrets);
        sources.add("abcab".getBytes(UTF_8));
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        for (int pieces = 1 + chance.below(20); pieces > 0; pieces--) {
            byte[] source = chance.oneOf(sources);
            switch (chance.below(6)) {
                case 0 -> output.write(source, 0, chance.below(source.length + 1));
                case 1 -> output.writeBytes(Arrays.copyOfRange(source, chance.below(source.length + 1), source.length));
                case 2 -> output.writeBytes(chance.mutated(source));
                case 3 ->
                    output.writeBytes(chance.oneOf("", "\n", "\r", "*", "é").getBytes(UTF_8));
                default -> output.writeBytes(source);
            }
        }
        return output.toByteArray();
    }

    /** The output without secrets, as far as its first bytes tell. */
    private static byte[] masked(byte[] output, int length, Collection<byte[]> forms) {
        byte[] masked = output.clone();
        for (byte[] form : forms) {
            for (int at = 0; at + form.length <= length; at++) {
                if (Arrays.equals(output, at, at + form.length, form, 0, form.length)) {
                    for (int i = at; i < at + form.length; i++) {
                        masked[i] = output[i] == '\n' || output[i] == '\r' ? output[i] : (byte) '*';
                    }
                }
            }
        }
        return masked;
    }

    /** How many of the last of these bytes are what a form begins with. */
    private static int pending(byte[] output, int length, Collection<byte[]> forms) {
        int pending = 0;
        for (byte[] form : forms) {
            for (int last = Math.min(form.length, length); last > pending; last--) {
                if (Arrays.equals(output, length - last, length, form, 0, last)) {
                    pending = last;
                }
            }
        }
        return pending;
    }

    /** The secret as a program might write it, in something longer where that changes it. */
    private static List<String> encoded(Chance chance, String secret) {
        String json = inQuotes(PLAIN_JSON.toJson(secret));
        return List.of(
                secret,
                json,
                inQuotes(new Gson().toJson(secret)),
                escaped(NOT_ASCII, json),
                escaped(HTML, json),
                escaped(NOT_ASCII, json.replace("/", "\\/")),
                URLEncoder.encode(secret, UTF_8),
                URLEncoder.encode(secret, UTF_8).replace("+", "%20"),
                secret.replace("'", "'\\''"),
                secret.replace("\n", "\r\n"),
                base64(chance.plain(6), secret, chance.plain(6)));
    }

    private static String inQuotes(String json) {
        return json.substring(1, json.length() - 1);
    }

    private static String escaped(Pattern which, String json) {
        return json.chars()
                .mapToObj(each -> String.valueOf((char) each))
                .map(each -> which.matcher(each).matches() ? String.format("\\u%04x", (int) each.charAt(0)) : each)
                .collect(Collectors.joining());
    }

    /** Those characters that are of the secret alone. */
    private static String base64(String before, String secret, String behind) {
        int start = before.length();
        int end = start + secret.getBytes(UTF_8).length;
        String all = Base64.getEncoder().encodeToString((before + secret + behind).getBytes(UTF_8));
        return all.substring((start * 8 + 5) / 6, end * 8 / 6);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }
}
