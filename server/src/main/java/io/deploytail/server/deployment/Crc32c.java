package io.deploytail.server.deployment;

import java.util.zip.CRC32C;

/**
 * CRC-32C (RFC 3720, appendix B.4) that can be continued from a stored value, which {@link CRC32C} itself cannot.
 *
 * <p>A CRC is a register that each byte shifts by one of 256 table entries, and no two entries share their top byte: so
 * the four bytes that lead from the empty register to any given one can be read off backwards. Feeding these four to a
 * new {@link CRC32C} puts it where the stored value left off.
 */
final class Crc32c {
    private static final int REVERSED_POLYNOMIAL = 0x82F63B78;
    private static final int[] TABLE = new int[256];
    private static final int[] INDEX_BY_TOP_BYTE = new int[256];

    static {
        for (int index = 0; index < 256; index++) {
            int entry = index;
            for (int bit = 0; bit < 8; bit++) {
                entry = (entry & 1) == 0 ? entry >>> 1 : entry >>> 1 ^ REVERSED_POLYNOMIAL;
            }
            TABLE[index] = entry;
            INDEX_BY_TOP_BYTE[entry >>> 24] = index;
        }
    }

    private Crc32c() {}

    /** The CRC of what had the CRC {@code before}, followed by these bytes. The CRC of nothing is 0. */
    static int append(int before, byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(prefixLeadingTo(before));
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static byte[] prefixLeadingTo(int crc) {
        int register = ~crc;
        for (int step = 0; step < 4; step++) {
            int index = INDEX_BY_TOP_BYTE[register >>> 24];
            register = (register ^ TABLE[index]) << 8 | index;
        }
        int prefix = ~register;
        return new byte[] {(byte) prefix, (byte) (prefix >>> 8), (byte) (prefix >>> 16), (byte) (prefix >>> 24)};
    }
}
