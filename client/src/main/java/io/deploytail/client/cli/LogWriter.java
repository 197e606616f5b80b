package io.deploytail.client.cli;

import io.deploytail.client.LogEvent;
import java.io.IOException;

/** Brings a log stream to standard output, each event at once. Not thread-safe. */
interface LogWriter {
    void write(LogEvent event) throws IOException;

    /** Whether a reader sees an unfinished line at the end. */
    boolean isMidLine();

    /** Someone else has ended the line that the reader saw unfinished. */
    void lineEnded();

    /** Writes what was held back; there will be no more events. */
    void finish() throws IOException;
}
