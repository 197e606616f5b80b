package io.deploytail.server.deployment;

import java.io.IOException;
import java.time.Instant;

/**
 * One run of one command, seen from outside: it goes on whether anyone looks or not. Not thread-safe, but for
 * {@link #outputSize}.
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

    /** How many bytes of output there are. */
    long outputSize() throws IOException;

    /** When output had last been written before this run was opened; if there was none, when it was prepared. */
    Instant lastOutput();

    /**
     * Reads output that is there.
     *
     * @param length how many bytes, no more than there are from the offset on
     */
    byte[] readOutput(long offset, int length) throws IOException;

    /** Gives back the disk space of output before this offset, which will not be read again. May do so later. */
    void releaseOutput(long offset);

    /** Whether output that is written now is recorded. */
    boolean isRecording();

    /** Whether some of what was written is still to be recorded, as far as can be told. */
    boolean isRecordingLate();

    /**
     * Ends the recording of output although someone still holds it open. What they write from then on is discarded;
     * they are not harmed. True once no further byte will be recorded.
     */
    boolean stopRecording();

    /** Counts the command's processes. */
    int processCount();

    /**
     * Sends TERM to the command's processes, once in the life of a run: what they start because of it is left in peace.
     * Returns how many processes there were.
     */
    int terminate();

    /** Sends KILL to the command's processes. Returns how many there were. */
    int kill();

    /** Stops looking. Changes nothing about the run. */
    @Override
    void close();
}
