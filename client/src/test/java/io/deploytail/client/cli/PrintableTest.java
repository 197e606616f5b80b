package io.deploytail.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PrintableTest {
    @Test
    void charactersThatControlAreEscaped() {
        assertThat(Printable.of("a\033[2J\n\r\t\0\177\u009b\u202e\u2028é🚀"))
                .isEqualTo("a\\u001b[2J\\n\\r\\t\\u0000\\u007f\\u009b\\u202e\\u2028é🚀");
    }

    @Test
    void theWordsOfACommandAreToldApart() {
        assertThat(Printable.command(List.of("sh", "-c", "echo 'hi' > /dev/null", "", "--a=b")))
                .isEqualTo("sh -c 'echo '\\''hi'\\'' > /dev/null' '' --a=b");
    }

    @Test
    void whatIsTooLongEndsInAnEllipsis() {
        assertThat(Printable.shortened("🚀🚀🚀", 3)).isEqualTo("🚀🚀🚀");
        assertThat(Printable.shortened("🚀🚀🚀🚀", 3)).isEqualTo("🚀🚀…");
    }
}
