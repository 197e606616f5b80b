package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** All metrics of a server at one time, from a text of which every line must be understood. */
final class Scrape {
    private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE|UNIT) ([a-z0-9_]+) (.+)|# EOF");
    private static final Pattern SAMPLE =
            Pattern.compile("([a-z0-9_]+(?:\\{(?:[a-z_]+=\"[^\"\\n]*\",?)+})?) (NaN|[+-]?Inf|-?[0-9.]+(?:E-?[0-9]+)?)");

    private final Map<String, Double> samples = new HashMap<>();
    private final Map<String, String> types = new HashMap<>();

    static Scrape of(TestServer server) throws IOException, InterruptedException {
        HttpResponse<String> answer = Web.get(server, "/metrics");
        assertThat(answer.statusCode()).isEqualTo(200);
        return parse(answer.body());
    }

    /** Waits until a metric has this value: what is counted may be seen by others before it is. */
    static void await(TestServer server, String name, double value) throws Exception {
        Eventually.until(name + " is " + value, () -> {
            Double now = of(server).samples.get(name);
            return now != null && now == value;
        });
    }

    static Scrape parse(String text) {
        Scrape scrape = new Scrape();
        assertThat(text).endsWith("\n");
        text.lines().forEach(scrape::take);
        return scrape;
    }

    private void take(String line) {
        Matcher comment = COMMENT.matcher(line);
        if (comment.matches()) {
            if ("TYPE".equals(comment.group(1))) {
                types.put(comment.group(2), comment.group(3));
            }
            return;
        }
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as("the line: %s", line).isTrue();
        String value = sample.group(2).replace("Inf", "Infinity");
        assertThat(samples.put(sample.group(1), Double.valueOf(value)))
                .as("twice: %s", line)
                .isNull();
    }

    /** The names of metrics, with their types. */
    Map<String, String> types() {
        return types;
    }

    /** Names with labels. */
    Set<String> names() {
        return samples.keySet();
    }

    double value(String name) {
        Double value = samples.get(name);
        if (value == null) {
            throw new AssertionError("no " + name + " in " + samples.keySet());
        }
        return value;
    }
}
