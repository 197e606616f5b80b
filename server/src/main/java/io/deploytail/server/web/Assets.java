package io.deploytail.server.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;

/** What pages are made of besides their HTML: styles, scripts, icons. In memory. Immutable. */
final class Assets {
    private static final String WEBJARS = "/META-INF/resources/webjars/";
    private static final String CSS = "text/css; charset=utf-8";
    private static final String JAVASCRIPT = "text/javascript; charset=utf-8";
    private static final String SVG = "image/svg+xml";

    private static final Map<String, String> ICONS = Map.of(
            "queued", "#b98017",
            "running", "#2f7fd6",
            "succeeded", "#2a9d4e",
            "failed", "#dc4040",
            "cancelled", "#808894");

    private final Map<String, Asset> assets = new HashMap<>();

    /** @throws IllegalStateException if the build has left something out */
    Assets() {
        add("page.css", CSS, "page.css");
        for (String script : new String[] {"clock.js", "deployment.js", "log.js", "terminal.js"}) {
            add(script, JAVASCRIPT, script);
        }
        add(
                "htmx.js",
                JAVASCRIPT,
                WEBJARS + "htmx.org/" + webjarVersion("org.webjars.npm/htmx.org") + "/dist/htmx.min.js");
        add(
                "sse.js",
                JAVASCRIPT,
                WEBJARS + "htmx-ext-sse/" + webjarVersion("org.webjars.npm/htmx-ext-sse") + "/sse.js");
        ICONS.forEach((state, colour) -> assets.put(state + ".svg", new Asset(SVG, icon(colour))));
    }

    Optional<Asset> find(String name) {
        return Optional.ofNullable(assets.get(name));
    }

    private void add(String name, String type, String resource) {
        assets.put(name, new Asset(type, read(resource)));
    }

    private static byte[] icon(String colour) {
        String svg =
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"7\" fill=\""
                        + colour + "\"/></svg>";
        return svg.getBytes(StandardCharsets.UTF_8);
    }

    private static String webjarVersion(String artifact) {
        String properties = new String(read("/META-INF/maven/" + artifact + "/pom.properties"), StandardCharsets.UTF_8);
        return properties
                .lines()
                .filter(line -> line.startsWith("version="))
                .map(line -> line.substring("version=".length()).strip())
                .findFirst()
                .orElseThrow();
    }

    private static byte[] read(String resource) {
        try (InputStream stream = Assets.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("the program has no " + resource);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("could not read " + resource, e);
        }
    }

    /** One of them. */
    static final class Asset {
        private final String type;
        private final byte[] bytes;
        private final String tag;

        private Asset(String type, byte[] bytes) {
            this.type = type;
            this.bytes = bytes;
            CRC32C checksum = new CRC32C();
            checksum.update(bytes);
            this.tag = "\"" + HexFormat.of().toHexDigits((int) checksum.getValue()) + "\"";
        }

        /** Answers with it, unless the caller has it already. */
        void send(Exchange exchange) {
            exchange.with("ETag", tag).with("Cache-Control", "no-cache");
            if (exchange.header("If-None-Match").filter(tag::equals).isPresent()) {
                exchange.answer(304, type, new byte[0]);
            } else {
                exchange.answer(200, type, bytes);
            }
        }
    }
}
