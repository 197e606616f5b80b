package io.deploytail.server.deployment;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets in output, wherever and however it is cut. */
class MaskingTest {
    private static final List<String> SECRETS = List.of(
            "hunter2-hunter2-hunter3", // begins with itself
            "abababab", // overlaps itself
            "babababac", // overlaps the one before
            "line one is long\nline two is long",
            "pass'word \"with\" $igns/and&more",
            "schlüssel☃geheim",
            "schlüssel=geheim's");

    private static final String OUTPUT = """
            plain
            hunter2-hunter2-hunter2-hunter3 hunter2-hunter2-hunter
            xabababababababac ababab
            line one is long
            line two is long
              line two is long
            pass'word "with" $igns/and&more schlüssel☃geheim.schlüssel☃gehei
            """;

    @Test
    void outputCutAtAnyByteIsMaskedTheSame() throws IOException {
        byte[] output = OUTPUT.getBytes(UTF_8);
        byte[] expected = reference(output);
        assertThat(new String(expected, UTF_8)).isEqualTo("""
                        plain
                        hunter2-*********************** hunter2-hunter2-hunter
                        x**************** ababab
                        ****************
                        ****************
                          ****************
                        ******************************* *******************.schlüssel☃gehei
                        """);

        for (int cut = 0; cut <= output.length; cut++) {
            assertThat(masked(output, cut, output.length - cut))
                    .as("cut at %s", cut)
                    .isEqualTo(expected);
        }
        assertThat(masked(output, ones(output.length))).as("byte by byte").isEqualTo(expected);
    }

    @Test
    void restartAtAnyByteChangesNothing() throws IOException {
        byte[] output = OUTPUT.getBytes(UTF_8);
        byte[] expected = reference(output);

        for (int restart = 0; restart <= output.length; restart++) {
            FixedOutput run = new FixedOutput(output);
            ByteArrayOutputStream log = new ByteArrayOutputStream();
            run.end = restart;
            store(new Masking(values()), run, log, false);
            run.end = output.length;
            store(new Masking(values()), run, log, true);
            assertThat(log.toByteArray()).as("restarted at %s", restart).isEqualTo(expected);
        }
    }

    @Test
    void randomOutputOfFewLettersIsMaskedTheSameHoweverItIsCut() throws IOException {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            byte[] output = new byte[200];
            for (int i = 0; i < output.length; i++) {
                output[i] = (byte) "abc".charAt(random.nextInt(3));
            }
            int[] pieces = new int[output.length];
            for (int i = 0; i < pieces.length; i++) {
                pieces[i] = random.nextInt(20);
            }
            assertThat(masked(output, pieces)).isEqualTo(reference(output));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://x/?t=pass%27word+%22with%22+%24igns%2Fand%26more&y",
                "https://x/pass%27word%20%22with%22%20%24igns%2fand%26more",
                "{\"t\":\"pass'word \\\"with\\\" $igns/and&more\"}",
                "{\"t\":\"pass'word \\\"with\\\" $igns\\/and&more\"}",
                "{\"t\":\"pass\\u0027word \\\"with\\\" $igns/and\\u0026more\"}",
                "+ curl 'pass'\\''word \"with\" $igns/and&more'",
                "pass\\'word\\ \\\"with\\\"\\ \\$igns/and\\&more",
                "line one is long\r\nline two is long\r\n",
                "\"line one is long\\nline two is long\"",
                "\"schl\\u00fcssel\\u2603geheim\"",
                "{\"t\":\"pass'word \\\"with\\\" $igns/and\\u0026more\"}",
                "{\"t\":\"schl\\u00fcssel=geheim's\"}"
            })
    void formsThatProgramsWriteAreMasked(String output) throws IOException {
        assertThat(text(masked(output.getBytes(UTF_8), output.length() * 2)))
                .contains("******")
                .doesNotContain("word", "igns", "more", "long", "schl", "geheim");
    }

    @Test
    void base64IsMaskedWhereverTheSecretStandsInIt() throws IOException {
        for (String before : List.of("", "u", "us", "use", "user:")) {
            for (String after : List.of("", "x", "xy", "xyz")) {
                byte[] whole = (before + SECRETS.get(0) + after).getBytes(UTF_8);
                String encoded = Base64.getEncoder().encodeToString(whole);

                String masked = text(masked(encoded.getBytes(UTF_8), encoded.length()));

                assertThat(masked).hasSize(encoded.length());
                assertThat(masked.replace("*", "").length())
                        .as(masked)
                        .isLessThanOrEqualTo(encoded.length() - SECRETS.get(0).length() * 8 / 6 + 1);
            }
        }
    }

    @Test
    void shortAndEmptyValuesMaskNothing() throws IOException {
        Masking masking = new Masking(List.of(new byte[0], "abc".getBytes(UTF_8), "12345".getBytes(UTF_8)));
        FixedOutput run = new FixedOutput("abc12345".getBytes(UTF_8));
        run.end = 8;

        assertThat(masking.look(run, 0, 8, false)).isEqualTo(8);
        assertThat(masking.mask(run.bytes, 0)).isSameAs(run.bytes);
        assertThat(masking.overlap()).isZero();
    }

    @Test
    void whatCannotBePartOfASecretIsNotHeldBack() throws IOException {
        Masking masking = new Masking(values());
        FixedOutput run = new FixedOutput("a line\nhunt\nhunter2".getBytes(UTF_8));

        run.end = 12;
        assertThat(masking.look(run, 0, 12, false)).isEqualTo(12);
        run.end = 19;
        assertThat(masking.look(run, 12, 19, false)).as("may be one").isEqualTo(12);
        assertThat(masking.look(run, 12, 19, true)).as("at the end").isEqualTo(19);
    }

    @Test
    void secretDoesNotGoOnBehindAGap() throws IOException {
        Masking masking = new Masking(values());
        FixedOutput run = new FixedOutput("abab....abab\n".getBytes(UTF_8));
        run.end = 13;
        run.gap = new LogGap(4, 8, LogGap.Reason.LOG_LIMIT, true);

        assertThat(masking.look(run, 0, 13, false)).isEqualTo(4);
        assertThat(masking.look(run, 8, 13, false)).isEqualTo(13);
        assertThat(text(masking.mask("abab\n".getBytes(UTF_8), 8))).isEqualTo("abab\n");
    }

    private static int[] ones(int count) {
        int[] ones = new int[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static List<byte[]> values() {
        return SECRETS.stream().map(secret -> secret.getBytes(UTF_8)).toList();
    }

    private static byte[] masked(byte[] output, int... pieces) throws IOException {
        Masking masking = new Masking(values());
        FixedOutput run = new FixedOutput(output);
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        for (int piece : pieces) {
            run.end = Math.min(output.length, run.end + piece);
            store(masking, run, log, false);
        }
        run.end = output.length;
        store(masking, run, log, true);
        return log.toByteArray();
    }

    /** As a run does it. */
    private static void store(Masking masking, FixedOutput run, ByteArrayOutputStream log, boolean isLast)
            throws IOException {
        int start = log.size();
        int end = (int) masking.look(run, start, run.end, isLast);
        log.writeBytes(masking.mask(Arrays.copyOfRange(run.bytes, start, end), start));
        run.released = Math.max(run.released, log.size() - masking.overlap());
    }

    /** Looks for each form at each place. */
    private static byte[] reference(byte[] output) {
        byte[] masked = output.clone();
        String text = new String(output, ISO_8859_1);
        for (byte[] form : SecretForms.of(values())) {
            String wanted = new String(form, ISO_8859_1);
            for (int at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
                for (int i = at; i < at + wanted.length(); i++) {
                    masked[i] = output[i] == '\n' || output[i] == '\r' ? output[i] : (byte) '*';
                }
            }
        }
        return masked;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
