package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Identities;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** A page for those only who say who they are. */
public final class CallersOnly implements Page {
    private final Visitors visitors;
    private final Page page;

    public CallersOnly(Identities identities, Page page) {
        this.visitors = new Visitors(identities);
        this.page = requireNonNull(page);
    }

    @Override
    public void answer(Request request, Response response, Callback callback) {
        if (visitors.identify(request).isPresent()) {
            page.answer(request, response, callback);
        } else {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
            Answer.text(HttpStatus.UNAUTHORIZED_401, "who asks? Send 'Authorization: Bearer TOKEN'")
                    .send(response, callback);
        }
    }
}
