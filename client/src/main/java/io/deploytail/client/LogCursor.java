package io.deploytail.client;

import com.google.protobuf.ByteString;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.LogGap;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * How far a log has been received, across all calls, and proof that it was received without a hole, but for those that
 * the server tells of, or a repetition.
 *
 * <p>A message that does not fit to what came before is refused with a {@link StatusException}, as if the server had
 * failed, and changes nothing: the call is to be given up and the log resumed at {@link #offset}.
 *
 * <p>Not thread-safe.
 */
final class LogCursor {
    private static final long UNKNOWN = -1;

    private final CRC32C checksum = new CRC32C();
    private long offset;
    private boolean whole;
    private boolean strangerSeen;

    /** A cursor at this offset, or, if there is none, wherever the server begins. */
    LogCursor(OptionalLong start) {
        this.offset = start.orElse(UNKNOWN);
        this.whole = offset == 0;
    }

    /** The offset after the last byte received; empty if it is not known yet. */
    OptionalLong offset() {
        return offset == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(offset);
    }

    /** A new call begins. */
    void resume() {
        strangerSeen = false;
    }

    /** An event came that this client does not know: it may stand for bytes that the server no longer has. */
    void passStranger() {
        strangerSeen = true;
    }

    /** Takes in a chunk. Returns the unexplained gap before it, if there is one. */
    Optional<LogEvent.Gap> advance(LogChunk chunk) throws StatusException {
        ByteString bytes = LogEvent.Chunk.exactBytes(chunk);
        if (chunk.getNextOffset() - chunk.getOffset() != bytes.size()) {
            throw broken("a chunk from " + chunk.getOffset() + " to " + chunk.getNextOffset() + " has " + bytes.size()
                    + " bytes");
        }
        Optional<LogEvent.Gap> gap = moveTo(chunk.getOffset());
        checksum.update(bytes.asReadOnlyByteBuffer());
        offset = chunk.getNextOffset();
        return gap;
    }

    /** Passes over bytes that the server does not have. Returns the unexplained gap before them, if there is one. */
    Optional<LogEvent.Gap> pass(LogGap gap) throws StatusException {
        if (gap.getNextOffset() <= gap.getOffset()) {
            throw broken("a gap from " + gap.getOffset() + " to " + gap.getNextOffset());
        }
        Optional<LogEvent.Gap> before = moveTo(gap.getOffset());
        skipTo(gap.getNextOffset());
        return before;
    }

    /**
     * Learns that the server has sent everything up to this offset. Returns the gap before it, which an event stood for
     * that this client does not know, if there is one.
     */
    Optional<LogEvent.Gap> moveTo(long sentUpTo) throws StatusException {
        if (offset == UNKNOWN) {
            offset = sentUpTo;
            whole = offset == 0;
        }
        if (sentUpTo == offset) {
            return Optional.empty();
        }
        if (sentUpTo < offset || !strangerSeen) {
            throw broken("the server went on at offset " + sentUpTo + " where " + offset + " was next");
        }
        LogEvent.Gap gap = LogEvent.Gap.unexplained(offset, sentUpTo);
        skipTo(sentUpTo);
        strangerSeen = false;
        return Optional.of(gap);
    }

    private void skipTo(long nextOffset) {
        offset = nextOffset;
        whole = false;
    }

    /**
     * Compares what was received with what the server says that it has.
     *
     * @return whether the checksums were compared too, and not only the sizes
     * @throws LogCorruptedException if they differ
     */
    boolean verify(LogEnd end) {
        boolean finished = end.getReason() == LogEnd.Reason.REASON_FINISHED;
        long size = end.getDeployment().getLogSize();
        if (finished && size != offset) {
            throw new LogCorruptedException(
                    "the log has " + size + " bytes, and it was received up to offset " + offset, null);
        }
        if (!whole || size != offset || !end.getDeployment().hasLogCrc32C()) {
            return false;
        }
        int expected = end.getDeployment().getLogCrc32C();
        int received = (int) checksum.getValue();
        if (expected != received) {
            throw new LogCorruptedException(
                    String.format(
                            "the log's CRC-32C is %08x, and that of the %d bytes received is %08x",
                            expected, offset, received),
                    null);
        }
        return true;
    }

    private static StatusException broken(String description) {
        return Status.INTERNAL.withDescription(description).asException();
    }
}
