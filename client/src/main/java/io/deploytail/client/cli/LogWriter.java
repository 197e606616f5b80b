package io.deploytail.client.cli;

import io.deploytail.client.LogEvent;
import java.io.IOException;

/** Brings a log stream to standard output, each event at once. Not thread-safe. */
interface LogWriter {
    void write(LogEvent event) throws IOException;

    /** Whether the last line written is unfinished. */
    boolean isMidLine();

    /** Writes what was held back; there will be no more events. */
    void finish() throws IOException;
}
