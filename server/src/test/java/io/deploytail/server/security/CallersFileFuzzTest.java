package io.deploytail.server.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Fuzz;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallersFileFuzzTest {
    private static final List<String> GOOD = List.of(
            "{'callers': []}", "{'callers': [{'name': 'ci', 'role': 'admin', 'targets': ['*']}]}", """
            {'callers': [
              {'name': 'ci', 'role': 'deployer', 'targets': ['tenant-*', 'shop'], 'tokens_sha256': ['%s', '%s']},
              {'name': 'billing.internal', 'role': 'viewer', 'targets': ['*'], 'certificate': true}
            ]}
            """.formatted(
                            "0123456789abcdef".repeat(4), "f".repeat(64)));

    private static final List<String> VALUES =
            List.of("null", "true", "1", "1e999", "''", "[]", "{}", "['']", "[null]", "[[]]", "[{}]");

    @TempDir
    private Path directory;

    @Test
    void mutatedFileIsTakenOrRefusedWithItsName() {
        Path file = directory.resolve("callers.json");
        Fuzz.run(chance -> {
            String text = chance.oneOf(GOOD);
            if (chance.oneIn(3)) {
                text = replaceValue(text, chance.below(20), chance.oneOf(VALUES));
            }
            if (chance.oneIn(50)) {
                text = chance.oneOf("[", "{'callers':", "{\"callers\": [").repeat(1 + chance.below(20_000));
            }
            text = text.replace('\'', '"');
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            Files.write(file, chance.oneIn(2) ? chance.mutated(bytes) : bytes);

            try {
                List<KnownCaller> callers = CallersFile.read(file);
                assertThat(callers.stream().map(KnownCaller::name)).doesNotHaveDuplicates();
                return true;
            } catch (IOException e) {
                assertThat(e.getMessage()).contains(file.toString()).hasSizeLessThan(5000);
                return false;
            }
        });
    }

    /** Puts another value in the place of that behind one of the colons. */
    private static String replaceValue(String text, int which, String value) {
        int at = -1;
        for (int i = 0; i <= which; i++) {
            int next = text.indexOf(':', at + 1);
            at = next < 0 ? at : next;
        }
        return text.substring(0, at + 1) + text.substring(at + 1).replaceFirst("'[^']*'|\\[[^\\[\\]]*]|true", value);
    }
}
