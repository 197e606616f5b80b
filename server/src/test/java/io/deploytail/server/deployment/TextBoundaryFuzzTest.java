package io.deploytail.server.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Chance;
import io.deploytail.server.Fuzz;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TextBoundaryFuzzTest {
    private static final int LONGEST_CHARACTER = 4;

    @Test
    void piecesJoinAndTextIsNeverCutInsideACharacter() {
        Fuzz.run(chance -> {
            byte[] text = text(chance).getBytes(UTF_8);
            boolean isText = !chance.oneIn(3);
            byte[] bytes = isText ? text : chance.mutated(text);

            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            for (int start = 0; start < bytes.length; ) {
                byte[] rest = Arrays.copyOfRange(bytes, start, bytes.length);
                int length = Math.min(rest.length, LONGEST_CHARACTER + chance.below(20));
                int cut = TextBoundary.before(rest, length);

                assertThat(cut).isPositive().isLessThanOrEqualTo(length);
                assertThat(TextBoundary.afterLastCharacter(rest, length)).isGreaterThan(length - LONGEST_CHARACTER);
                if (isText) {
                    assertThat(Arrays.copyOf(rest, cut)).isEqualTo(new String(rest, 0, cut, UTF_8).getBytes(UTF_8));
                }
                if (cut < length && TextBoundary.afterLastLine(rest, length) > 0) {
                    assertThat(rest[cut - 1]).isEqualTo((byte) '\n');
                }
                joined.write(rest, 0, cut);
                start += cut;
            }
            assertThat(joined.toByteArray()).isEqualTo(bytes);
            return isText;
        });
    }

    private static String text(Chance chance) {
        StringBuilder text = new StringBuilder();
        for (int words = chance.below(20); words > 0; words--) {
            text.append(chance.oneIn(2) ? chance.trick() : chance.plain(8));
            text.append(chance.oneIn(3) ? new String(Character.toChars(chance.below(Character.MAX_CODE_POINT))) : "");
        }
        return text.toString();
    }
}
