package io.deploytail.client.cli;

import io.deploytail.client.LogEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Writes each message that came from the server as a line of JSON. Not thread-safe. */
final class JsonLogWriter implements LogWriter {
    private final OutputStream out;

    JsonLogWriter(OutputStream out) {
        this.out = out;
    }

    @Override
    public void write(LogEvent event) throws IOException {
        Optional<String> json = event.toJson();
        if (json.isPresent()) {
            out.write((json.get() + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    @Override
    public boolean isMidLine() {
        return false;
    }

    @Override
    public void lineEnded() {}

    @Override
    public void finish() {}
}
