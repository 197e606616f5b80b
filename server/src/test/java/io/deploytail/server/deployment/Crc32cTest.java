package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class Crc32cTest {
    @Test
    void crcContinuedAtAnyPointEqualsTheCrcOfTheWhole() {
        byte[] whole = new byte[1000];
        new Random(7).nextBytes(whole);
        CRC32C expected = new CRC32C();
        expected.update(whole);

        for (int cut = 0; cut <= whole.length; cut++) {
            int first = Crc32c.append(0, Arrays.copyOf(whole, cut));
            int both = Crc32c.append(first, Arrays.copyOfRange(whole, cut, whole.length));
            assertThat(both).isEqualTo((int) expected.getValue());
        }
    }
}
