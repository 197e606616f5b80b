package io.deploytail.client.cli;

import io.deploytail.client.LogEvent;
import java.io.IOException;
import java.io.OutputStream;

/** Writes the log's bytes: exactly, or with times before its lines, or made harmless for a terminal. Not thread-safe. */
final class TextLogWriter implements LogWriter {
    private final OutputStream out;
    private final boolean timestamps;
    private final boolean harmless;
    private final LineStamper stamper = new LineStamper();
    private final TerminalFilter filter = new TerminalFilter();
    private boolean midLine;

    TextLogWriter(OutputStream out, boolean timestamps, boolean harmless) {
        this.out = out;
        this.timestamps = timestamps;
        this.harmless = harmless;
    }

    @Override
    public void write(LogEvent event) throws IOException {
        if (event instanceof LogEvent.Chunk chunk) {
            byte[] bytes = chunk.bytes();
            byte[] stamped = timestamps ? stamper.stamp(bytes, chunk.time()) : bytes;
            write(harmless ? filter.filter(stamped) : stamped);
        } else if (event instanceof LogEvent.Gap) {
            finish(); // what follows the gap completes nothing that came before it
        }
    }

    @Override
    public boolean isMidLine() {
        return harmless ? filter.isMidLine() : midLine;
    }

    @Override
    public void lineEnded() {
        midLine = false;
        filter.lineEnded();
    }

    @Override
    public void finish() throws IOException {
        if (harmless) {
            write(filter.finish());
        }
    }

    private void write(byte[] bytes) throws IOException {
        if (bytes.length > 0) {
            midLine = bytes[bytes.length - 1] != '\n';
            out.write(bytes);
            out.flush();
        }
    }
}
