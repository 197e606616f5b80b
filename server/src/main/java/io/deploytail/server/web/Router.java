package io.deploytail.server.web;

import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Finds the page that a request asks for, or says why it gets none. */
final class Router extends Handler.Abstract {
    /** Pages run and load only what comes from here, nobody else's page shows or loads them. */
    private static final Map<String, String> SAFETY = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
                    + " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "Referrer-Policy",
            "same-origin",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cross-Origin-Resource-Policy",
            "same-origin");

    private final RequestedHost hosts;
    private final Map<String, Page> pages;
    private final Page others;

    Router(RequestedHost hosts, Map<String, Page> pages, Page others) {
        this.hosts = hosts;
        this.pages = Map.copyOf(pages);
        this.others = others;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        if (!hosts.isAccepted(Request.getServerName(request))) {
            Answer.text(HttpStatus.MISDIRECTED_REQUEST_421, "not for this host; see --web-host")
                    .send(response, callback);
            return true;
        }
        SAFETY.forEach((name, value) -> response.getHeaders().put(name, value));
        Page page = pages.get(Request.getPathInContext(request));
        if (page == null) {
            others.answer(request, response, callback);
        } else if (!HttpMethod.GET.is(request.getMethod()) && !HttpMethod.HEAD.is(request.getMethod())) {
            response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
            Answer.text(HttpStatus.METHOD_NOT_ALLOWED_405, "only GET and HEAD").send(response, callback);
        } else {
            page.answer(request, response, callback);
        }
        return true;
    }
}
