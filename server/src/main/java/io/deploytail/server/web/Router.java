package io.deploytail.server.web;

import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.pathmap.MatchedResource;
import org.eclipse.jetty.http.pathmap.PathMappings;
import org.eclipse.jetty.http.pathmap.UriTemplatePathSpec;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Finds the page that a request asks for, or says why it gets none. */
final class Router extends Handler.Abstract {
    private final RequestedHost hosts;
    private final PathMappings<Page> pages = new PathMappings<>();

    Router(RequestedHost hosts, Map<String, Page> pages) {
        this.hosts = hosts;
        pages.forEach((path, page) -> this.pages.put(new UriTemplatePathSpec(path), page));
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        if (!hosts.isAccepted(Request.getServerName(request))) {
            Answer.text(HttpStatus.MISDIRECTED_REQUEST_421, "not for this host; see --web-host")
                    .send(response, callback);
            return true;
        }
        MatchedResource<Page> match = pages.getMatched(Request.getPathInContext(request));
        if (match == null) {
            Answer.text(HttpStatus.NOT_FOUND_404, "no such page").send(response, callback);
        } else if (!HttpMethod.GET.is(request.getMethod()) && !HttpMethod.HEAD.is(request.getMethod())) {
            response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
            Answer.text(HttpStatus.METHOD_NOT_ALLOWED_405, "only GET and HEAD").send(response, callback);
        } else {
            match.getResource().answer(request, response, callback);
        }
        return true;
    }
}
