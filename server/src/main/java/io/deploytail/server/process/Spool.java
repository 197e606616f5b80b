package io.deploytail.server.process;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.deploytail.server.deployment.LogGap;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a run's recorder has written, in segments that follow one another, and what is missing between them. Holds two
 * files open at most: the newest, whose size is the end of the output, and the one that is being read.
 *
 * <p>Thread-safe.
 */
final class Spool implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(Spool.class);

    /** Two changes of a file in so short a time may look like one, on some file systems. */
    private static final Duration COARSEST_FILE_TIME = Duration.ofSeconds(2);

    private static final int MAX_TRIES = 10;

    private final Path directory;

    /** By their starts, as they were when the directory was last listed. */
    @GuardedBy("this")
    private NavigableMap<Long, Segment> segments = new TreeMap<>();

    @GuardedBy("this")
    private @Nullable OpenSegment newest;

    @GuardedBy("this")
    private @Nullable OpenSegment reading;

    /** When the directory had last changed before it was listed; null if it may have changed since in the same moment. */
    @GuardedBy("this")
    private @Nullable FileTime listedChange;

    @GuardedBy("this")
    private boolean wasDeletionRefused;

    @GuardedBy("this")
    private boolean isClosed;

    private Spool(Path directory) {
        this.directory = directory;
    }

    /**
     * Opens what is in a run's directory.
     *
     * @throws NoSuchFileException if there is no such directory
     */
    static Spool open(Path directory) throws IOException {
        Spool spool = new Spool(directory);
        synchronized (spool) {
            spool.list();
        }
        if (Files.notExists(directory)) {
            spool.close();
            throw new NoSuchFileException(directory.toString());
        }
        return spool;
    }

    /** When the newest segment was last written to; if there is none, when the directory was. */
    synchronized Instant lastModified() throws IOException {
        for (int tries = 1; ; tries++) {
            Path file = segments.isEmpty()
                    ? directory
                    : segments.lastEntry().getValue().file();
            try {
                return Files.getLastModifiedTime(file).toInstant();
            } catch (NoSuchFileException e) {
                requireRenamed(tries, e);
                list();
            }
        }
    }

    /** What is there under another name a moment later is listed again; a name that leads nowhere is not for ever. */
    private void requireRenamed(int tries, NoSuchFileException e) throws NoSuchFileException {
        if (tries == MAX_TRIES || Files.notExists(directory)) {
            throw e;
        }
    }

    /** The log offset behind the last byte, or behind the last one that is missing. */
    synchronized long end() throws IOException {
        listIfChanged();
        return newest == null ? 0 : newest.end();
    }

    /** What is missing at this log offset, up to the next byte that is there. */
    synchronized Optional<LogGap> gapAt(long offset) throws IOException {
        if (segmentWith(offset) != null || segments.higherKey(offset) == null) {
            return Optional.empty();
        }
        // A segment that was begun during the listing may be missing from it, though a later one is not. Not from the
        // next listing.
        list();
        if (segmentWith(offset) != null) {
            return Optional.empty();
        }
        return Optional.ofNullable(segments.higherEntry(offset))
                .map(next -> next.getValue().gapFrom(offset));
    }

    /**
     * Reads at a log offset where nothing is missing.
     *
     * @return so many bytes, or fewer if a gap comes before that
     */
    synchronized byte[] read(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            OpenSegment segment = segmentWith(offset + bytes.position());
            if (segment == null) {
                break;
            }
            segment.read(bytes, offset + bytes.position());
        }
        if (length > 0 && bytes.position() == 0) {
            throw new EOFException("nothing can be read at " + offset + " in " + directory);
        }
        return bytes.hasRemaining() ? Arrays.copyOf(bytes.array(), bytes.position()) : bytes.array();
    }

    /** Deletes segments that end before this offset, but never the newest, by which a recorder knows where it is. */
    synchronized void release(long offset) {
        while (segments.size() > 1 && segments.higherKey(segments.firstKey()) <= offset) {
            Path file = segments.pollFirstEntry().getValue().file();
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                if (!wasDeletionRefused) {
                    logger.warn("cannot delete {}; will go on trying", file, e);
                }
                wasDeletionRefused = true;
            }
        }
    }

    @GuardedBy("this")
    private void listIfChanged() throws IOException {
        try {
            if (!Files.getLastModifiedTime(directory).equals(listedChange)) {
                list();
            }
        } catch (NoSuchFileException e) {
            list();
        }
    }

    /** Lists the segments, and opens the newest. Where somebody removed the directory, what is open is there all the same. */
    @GuardedBy("this")
    private void list() throws IOException {
        if (isClosed) {
            throw new IOException("closed: " + directory);
        }
        for (int tries = 1; ; tries++) {
            try {
                FileTime change = Files.getLastModifiedTime(directory);
                boolean isOver = change.toInstant().isBefore(Instant.now().minus(COARSEST_FILE_TIME));
                take(segmentsNow());
                listedChange = isOver ? change : null;
                return;
            } catch (NoSuchFileException e) {
                if (Files.notExists(directory)) {
                    take(new TreeMap<>());
                    return;
                }
                requireRenamed(tries, e);
            }
        }
    }

    private NavigableMap<Long, Segment> segmentsNow() throws IOException {
        NavigableMap<Long, Segment> found = new TreeMap<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(file -> Segment.of(file).ifPresent(segment -> found.put(segment.start(), segment)));
        }
        return found;
    }

    @GuardedBy("this")
    private void take(NavigableMap<Long, Segment> found) throws IOException {
        if (newest != null) {
            found.putIfAbsent(newest.start(), newest.segment());
        }
        Map.Entry<Long, Segment> last = found.lastEntry();
        if (last != null && (newest == null || newest.start() < last.getKey())) {
            OpenSegment previous = newest;
            newest = OpenSegment.open(last.getValue());
            closeUnused(previous);
        }
        segments = found;
    }

    /** The segment that has this offset's byte; null if there is none. */
    @GuardedBy("this")
    private @Nullable OpenSegment segmentWith(long offset) throws IOException {
        if (reading != null && reading.contains(offset)) {
            return reading;
        }
        OpenSegment previous = reading;
        reading = newest != null && newest.start() <= offset ? newest : openOlder(offset);
        closeUnused(previous);
        return reading != null && reading.contains(offset) ? reading : null;
    }

    @GuardedBy("this")
    private @Nullable OpenSegment openOlder(long offset) throws IOException {
        Map.Entry<Long, Segment> entry = segments.floorEntry(offset);
        if (entry == null) {
            return null;
        }
        try {
            return OpenSegment.open(entry.getValue());
        } catch (NoSuchFileException e) {
            list(); // it was renamed, or removed for the spool's limit
            Segment now = segments.get(entry.getKey());
            return now == null ? null : OpenSegment.open(now);
        }
    }

    @GuardedBy("this")
    private void closeUnused(@Nullable OpenSegment segment) {
        if (segment != null && segment != newest && segment != reading) {
            segment.close();
        }
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        OpenSegment first = newest;
        OpenSegment second = reading;
        newest = null;
        reading = null;
        closeUnused(first);
        if (second != first) {
            closeUnused(second);
        }
    }

    /** A segment's open file. */
    private static final class OpenSegment {
        private final Segment segment;
        private final FileChannel file;

        private OpenSegment(Segment segment, FileChannel file) {
            this.segment = segment;
            this.file = file;
        }

        static OpenSegment open(Segment segment) throws IOException {
            return new OpenSegment(segment, FileChannel.open(segment.file(), StandardOpenOption.READ));
        }

        Segment segment() {
            return segment;
        }

        long start() {
            return segment.start();
        }

        long end() throws IOException {
            return segment.start() + file.size();
        }

        boolean contains(long offset) throws IOException {
            return offset >= start() && offset < end();
        }

        void read(ByteBuffer target, long offset) throws IOException {
            file.read(target, offset - start());
        }

        void close() {
            try {
                file.close();
            } catch (IOException e) {
                logger.warn("cannot close {}", segment.file(), e);
            }
        }
    }
}
