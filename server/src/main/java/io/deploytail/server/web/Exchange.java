package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.FormFields;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.Promise;

/** One request and its answer. Confined to whoever answers it. */
final class Exchange {
    static final String HTML = "text/html; charset=utf-8";
    static final String JSON = "application/json";
    static final String TEXT = "text/plain; charset=utf-8";

    private static final int MAX_FORM_FIELDS = 10;
    private static final int MAX_FORM_BYTES = 4 << 10;

    private final Request request;
    private final Response response;
    private final Callback callback;
    private final Fields parameters;

    Exchange(Request request, Response response, Callback callback) {
        this.request = requireNonNull(request);
        this.response = requireNonNull(response);
        this.callback = requireNonNull(callback);
        this.parameters = Request.extractQueryParameters(request);
    }

    String method() {
        return request.getMethod();
    }

    String path() {
        return Request.getPathInContext(request);
    }

    /** A parameter of the query; empty if it is not there or has no value. */
    Optional<String> parameter(String name) {
        return Optional.ofNullable(parameters.getValue(name)).filter(value -> !value.isEmpty());
    }

    /** Whether the query names it, with or without a value. */
    boolean has(String name) {
        return parameters.getNames().contains(name);
    }

    /**
     * A parameter that is a number from 0 on.
     *
     * @throws RefusedException if it is none
     */
    Optional<Long> number(String name) {
        return parameter(name).map(text -> parse(name, text));
    }

    private static long parse(String name, String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // is told below
        }
        throw RefusedException.badRequest(name + " must be a number from 0 on");
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    /** The host that the caller has asked for, as it stands in the request, with the port if there is one. */
    String host() {
        return header(HttpHeader.HOST.asString()).orElse("");
    }

    boolean wantsHtml() {
        return header(HttpHeader.ACCEPT.asString())
                .filter(accepted -> accepted.contains("text/html"))
                .isPresent();
    }

    /** The relative address of the site's root from here: empty, or ending in a slash. */
    String root() {
        return "../"
                .repeat((int) path().chars().skip(1).filter(each -> each == '/').count());
    }

    /** From where it is asked. */
    String origin() {
        return "http " + Request.getRemoteAddr(request);
    }

    Request request() {
        return request;
    }

    /**
     * Reads the form that was posted, which must not be long, then hands it on; on any thread.
     *
     * @param use answers
     */
    void readForm(Consumer<Fields> use) {
        FormFields.onFields(
                request, StandardCharsets.UTF_8, MAX_FORM_FIELDS, MAX_FORM_BYTES, new Promise.Invocable<>() {
                    @Override
                    public void succeeded(Fields form) {
                        use.accept(form);
                    }

                    @Override
                    public void failed(Throwable failure) {
                        answer(400, TEXT, "The form can't be read.\n");
                    }

                    @Override
                    public InvocationType getInvocationType() {
                        return InvocationType.NON_BLOCKING;
                    }
                });
    }

    /** Sends the browser to another address, relative to this one, to be read there. */
    void goTo(String address) {
        with("Location", address).answer(303, TEXT, "");
    }

    Exchange with(String header, String value) {
        response.getHeaders().put(new HttpField(header, value));
        return this;
    }

    /** Answers, whole. */
    void answer(int status, String type, String body) {
        answer(status, type, body.getBytes(StandardCharsets.UTF_8));
    }

    void answer(int status, String type, byte[] body) {
        begin(status, type);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        write(true, method().equals("HEAD") ? ByteBuffer.allocate(0) : ByteBuffer.wrap(body), callback);
    }

    /** Sets what comes before the body, which is still to be written. */
    void begin(int status, String type) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
    }

    void length(long bytes) {
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes);
    }

    /** Writes a part of the body; one at a time. */
    void write(boolean isLast, ByteBuffer bytes, Callback written) {
        response.write(isLast, bytes, written);
    }

    /** To be called when the last part of the body is written. */
    void succeed() {
        callback.succeeded();
    }

    /** Breaks off: the caller notices that something is missing. */
    void breakOff(Throwable failure) {
        callback.failed(failure);
    }
}
