package io.deploytail.server.deployment;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One run of one command, seen from outside: it goes on whether anyone looks or not. Not thread-safe, but for
 * {@link #outputEnd}.
 */
public interface Run extends AutoCloseable {
    /** How far the run has come. */
    RunStatus status();

    /**
     * Whether the process that will record the exit status is alive, or could still come to life. Costs more than
     * {@link #status}. If it is not, a status read after this call is the last one there will ever be.
     */
    boolean isAttended();

    /**
     * Takes away the right to start the command. True if that was in time, now or before: then it has not run and never
     * will.
     */
    boolean claim();

    /** The log offset up to which there is output: bytes, and gaps between them. */
    long outputEnd() throws IOException;

    /** When output had last been written before this run was opened; if there was none, when it was prepared. */
    Instant lastOutput();

    /** What is missing at this log offset, up to the next byte that is there. */
    Optional<LogGap> gapAt(long offset) throws IOException;

    /**
     * Reads output at a log offset where nothing is missing.
     *
     * @param length how many bytes, no more than there are from the offset on
     * @return so many, or fewer if a gap comes before that
     */
    byte[] readOutput(long offset, int length) throws IOException;

    /** The values that the command was given and that its log must not have. */
    List<byte[]> secrets() throws IOException;

    /** Gives back the disk space of output before this offset, which will not be read again. May do so later. */
    void releaseOutput(long offset);

    /** What is seen of the process that records the output. */
    enum Recorder {
        /** It has recorded all that was written, and waits for more. */
        WAITING,
        /** Some of what was written is still to be recorded. */
        WORKING,
        /** It has ended. */
        GONE
    }

    /** What the recorder of the output does now. */
    Recorder recorder();

    /**
     * Ends the recording of output although someone still holds it open. What they write from then on is discarded;
     * they are not harmed. True once no further byte will be recorded.
     */
    boolean stopRecording();

    /** Counts the command's processes. */
    int processCount();

    /**
     * Sends TERM to those of the command's processes that are there, once in the life of a run (and again only if the
     * server dies in that moment): what they start because of it is left in peace. Returns how many processes there were.
     */
    int terminate();

    /** Sends KILL to the command's processes. Returns how many there were. */
    int kill();

    /** Stops looking. Changes nothing about the run. */
    @Override
    void close();
}
