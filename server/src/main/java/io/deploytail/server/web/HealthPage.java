package io.deploytail.server.web;

import java.util.List;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Says {@code ok} while there are no faults, otherwise which. */
public final class HealthPage implements Page {
    private final Supplier<List<String>> faults;

    /** Takes whom to ask for what is not well; it must answer at once. */
    public HealthPage(Supplier<List<String>> faults) {
        this.faults = faults;
    }

    @Override
    public void answer(Request request, Response response, Callback callback) {
        List<String> now = faults.get();
        Answer answer = now.isEmpty()
                ? Answer.text(HttpStatus.OK_200, "ok")
                : Answer.text(HttpStatus.SERVICE_UNAVAILABLE_503, "not ready: " + String.join(", ", now));
        answer.send(response, callback);
    }
}
