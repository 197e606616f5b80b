package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** Everything in a registry, in the text format that the caller prefers: Prometheus's own or OpenMetrics. */
public final class MetricsPage implements Page {
    private final ExpositionFormats formats = ExpositionFormats.init();
    private final PrometheusRegistry registry;
    private final Runnable refresh;

    /** @param refresh is run before the registry is read; must be done soon */
    public MetricsPage(PrometheusRegistry registry, Runnable refresh) {
        this.registry = requireNonNull(registry);
        this.refresh = requireNonNull(refresh);
    }

    /** The one that the caller prefers or, where that is none of the text formats, one that everybody reads. */
    private ExpositionFormatWriter writer(@Nullable String accepted) {
        ExpositionFormatWriter preferred = formats.findWriter(accepted);
        return preferred.isAvailable() ? preferred : formats.getPrometheusTextFormatWriter();
    }

    @Override
    public void answer(Request request, Response response, Callback callback) {
        refresh.run();
        ExpositionFormatWriter writer = writer(request.getHeaders().get(HttpHeader.ACCEPT));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            writer.write(text, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException(e); // never: it writes to memory
        }
        new Answer(HttpStatus.OK_200, writer.getContentType(), text.toString(StandardCharsets.UTF_8))
                .send(response, callback);
    }
}
