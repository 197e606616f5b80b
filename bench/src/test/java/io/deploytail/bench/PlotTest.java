package io.deploytail.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class PlotTest {
    @Test
    void eachLineIsDrawnWithItsName() throws Exception {
        Plot plot = Plot.ofGrowth("Cost", "MB", "ms", Map.of("1", 1.0, "100", 100.0))
                .line("rows", List.of(new Plot.Point(1, 0.5), new Plot.Point(100, 0.6)))
                .line("one column", List.of(new Plot.Point(1, 2), new Plot.Point(100, 700)));

        Document svg = parse(plot.draw());

        assertThat(svg.getDocumentElement().getTextContent()).contains("Cost", "rows", "one column", "1 000", "0.1");
    }

    @Test
    void percentilesAreDrawnAsFarAsThereAreValues() throws Exception {
        Histogram delays = new Histogram(3);
        for (int i = 1; i <= 1000; i++) {
            delays.recordValue(i * 1000L);
        }

        Document svg = parse(Plot.ofPercentiles("Delay").delays("live", delays).draw());

        assertThat(svg.getDocumentElement().getTextContent())
                .contains("99 %", "99.9 %")
                .doesNotContain("99.99 %");
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
    }
}
