package io.deploytail.server;

import io.deploytail.v1.LogGap;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A log as followers saw it, one after the other, each from where the one before it had come: bytes, with gaps between. */
final class LogPieces {
    private final List<ByteArrayOutputStream> pieces = new ArrayList<>(List.of(new ByteArrayOutputStream()));
    private long end;
    private long missing;

    /** Adds what a follower saw that began at the end. */
    void add(Follower follower) {
        byte[] bytes = follower.bytes();
        int taken = 0;
        for (LogGap gap : follower.gaps()) {
            int before = (int) (gap.getOffset() - end);
            last().write(bytes, taken, before);
            taken += before;
            pieces.add(new ByteArrayOutputStream());
            missing += gap.getNextOffset() - gap.getOffset();
            end = gap.getNextOffset();
        }
        last().write(bytes, taken, bytes.length - taken);
        end += bytes.length - taken;
    }

    private ByteArrayOutputStream last() {
        return pieces.get(pieces.size() - 1);
    }

    /** The log offset after all of it. */
    long end() {
        return end;
    }

    long missing() {
        return missing;
    }

    int gaps() {
        return pieces.size() - 1;
    }

    /** What came between the gaps, as text. */
    List<String> texts() {
        return pieces.stream()
                .map(piece -> piece.toString(StandardCharsets.UTF_8))
                .toList();
    }

    byte[] bytes() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        pieces.forEach(piece -> all.writeBytes(piece.toByteArray()));
        return all.toByteArray();
    }

    /**
     * Whether these are pieces of what was written, in that order, beginning with its beginning. Where what wrote it was
     * killed, the log may have got more at its end than the other file.
     */
    boolean isPartOf(byte[] written) {
        int from = 0;
        for (ByteArrayOutputStream piece : pieces) {
            byte[] bytes = piece.toByteArray();
            int lastPlace = piece == pieces.get(0) ? 0 : written.length;
            while (from <= lastPlace && !isAt(from, bytes, written, piece == last())) {
                from++;
            }
            if (from > lastPlace) {
                return false;
            }
            from = Math.min(from + bytes.length, written.length);
        }
        return true;
    }

    private static boolean isAt(int place, byte[] piece, byte[] written, boolean mayBeLonger) {
        int both = Math.min(piece.length, written.length - place);
        return (both == piece.length || mayBeLonger) && Arrays.equals(piece, 0, both, written, place, place + both);
    }
}
