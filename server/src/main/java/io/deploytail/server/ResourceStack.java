package io.deploytail.server;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Things to close, the last added first. Not thread-safe. */
final class ResourceStack implements Closeable {
    private final Deque<Closeable> resources = new ArrayDeque<>();

    <T extends Closeable> T add(T resource) {
        resources.push(resource);
        return resource;
    }

    /** Closes everything, whatever fails, then throws the failures, if any, suppressed in one. */
    @Override
    public void close() throws IOException {
        IOException failure = new IOException("could not close everything");
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (IOException | RuntimeException e) {
                failure.addSuppressed(e);
            }
        }
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    /** Closes everything because of a failure, and adds to it what fails now. */
    void closeAfter(Exception failure) {
        try {
            close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
