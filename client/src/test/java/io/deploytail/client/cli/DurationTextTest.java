package io.deploytail.client.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class DurationTextTest {
    @ParameterizedTest
    @CsvSource({"500ms, PT0.5S", "90s, PT90S", "10m, PT10M", "1h30m, PT90M", "2d, PT48H", "1d2h3m4s5ms, PT26H3M4.005S"})
    void readsWhatPeopleWrite(String text, Duration duration) {
        assertThat(new DurationText().convert(text)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10", "s", "-5s", "1.5h", "5s1m", "10 m", "99999999999s", "1m1m"})
    void refusesWhatIsNoDuration(String text) {
        assertThatThrownBy(() -> new DurationText().convert(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("90s");
    }

    @ParameterizedTest
    @CsvSource({
        "PT0.35S, 350 ms",
        "PT12.39S, 12.3 s",
        "PT59.999S, 59.9 s",
        "PT72S, 1 min 12 s",
        "PT47H5M, 47 h 5 min",
        "PT49H, 2 d 1 h"
    })
    void writesTheLargestUnits(Duration duration, String text) {
        assertThat(DurationText.of(duration)).isEqualTo(text);
    }
}
