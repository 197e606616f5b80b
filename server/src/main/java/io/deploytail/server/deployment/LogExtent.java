package io.deploytail.server.deployment;

/**
 * How far a log reaches, and what proves its content.
 *
 * @param size in bytes: every byte ever committed, and those that are known to be missing
 * @param newlines how many {@code \n} are in it
 * @param endsInLine whether bytes follow the last {@code \n}
 * @param crc32c the CRC-32C of every byte ever committed
 * @param missing how many of its bytes are not stored, or no longer
 */
public record LogExtent(long size, long newlines, boolean endsInLine, int crc32c, long missing) {
    /** The extent of a log without a byte. */
    public static final LogExtent EMPTY = new LogExtent(0, 0, false, 0, 0);

    /** How many lines there are; an unfinished last one counts. */
    public long lineCount() {
        return newlines + (endsInLine ? 1 : 0);
    }

    /** The extent with a delta behind it, which must begin at the end. */
    public LogExtent plus(LogDelta delta) {
        if (delta.offset() != size) {
            throw new IllegalArgumentException("delta at " + delta.offset() + " does not follow " + size);
        }
        return new LogExtent(
                delta.end(),
                newlines + delta.newlines(),
                !delta.endsWithNewline(),
                Crc32c.append(crc32c, delta.bytes()),
                missing);
    }

    /** The extent with a gap behind it, which must begin at the end. */
    public LogExtent plus(LogGap gap) {
        if (gap.offset() != size) {
            throw new IllegalArgumentException("gap at " + gap.offset() + " does not follow " + size);
        }
        return new LogExtent(gap.end(), newlines, endsInLine, crc32c, missing + gap.size());
    }

    /** How many bytes of it are stored. */
    public long kept() {
        return size - missing;
    }
}
