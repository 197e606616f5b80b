package io.deploytail.server.web;

import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** What is behind a path, for GET and HEAD; to the latter the server sends no body, whatever a page writes. */
@FunctionalInterface
public interface Page {
    /**
     * Answers at once, or later from another thread, and completes the callback then. Must not wait for long: the server
     * has few threads.
     */
    void answer(Request request, Response response, Callback callback);
}
