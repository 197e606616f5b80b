package io.deploytail.server.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.deploytail.server.Chance;
import io.deploytail.server.Fuzz;
import io.deploytail.v1.LogChunk;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Bytes of a log as they are sent: text whole, and what is none in smaller pieces. */
class ChunksFuzzTest {
    private static final int READ_BYTES = 64 << 10;

    @Test
    void chunksJoinToTheBytesAndTextIsExactWhereThereAreNoOthers() {
        Fuzz.run(chance -> {
            byte[] text = text(chance);
            byte[] bytes =
                    Arrays.copyOf(chance.oneIn(2) ? text : chance.mutated(text), Math.min(text.length, READ_BYTES));
            boolean isText = Arrays.equals(new String(bytes, UTF_8).getBytes(UTF_8), bytes);

            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            while (joined.size() < bytes.length) {
                byte[] rest = Arrays.copyOfRange(bytes, joined.size(), bytes.length);
                LogChunk chunk =
                        StreamMessages.chunk(joined.size(), Instant.EPOCH, rest).getChunk();
                ByteString exact = chunk.getRaw().isEmpty() ? chunk.getTextBytes() : chunk.getRaw();
                assertThat(chunk.getOffset()).isEqualTo(joined.size());
                assertThat(chunk.getNextOffset() - chunk.getOffset())
                        .isEqualTo(exact.size())
                        .isPositive();
                assertThat(chunk.getText()).isEqualTo(exact.toStringUtf8());
                joined.writeBytes(exact.toByteArray());
                if (isText) {
                    assertThat(chunk.getRaw()).isEmpty();
                    assertThat(joined.size()).isEqualTo(bytes.length);
                }
            }
            assertThat(joined.toByteArray()).isEqualTo(bytes);
            return isText;
        });
    }

    private static byte[] text(Chance chance) {
        StringBuilder text = new StringBuilder();
        for (int words = chance.below(20); words > 0; words--) {
            String word = chance.oneIn(2) ? chance.trick() : chance.plain(8);
            text.append(word.repeat(1 + chance.below(chance.oneOf(2, 3000))));
        }
        return text.toString().getBytes(UTF_8);
    }
}
