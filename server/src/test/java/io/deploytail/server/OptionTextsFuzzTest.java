package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

/** Texts on the command line. */
class OptionTextsFuzzTest {
    /** Other hosts would be looked up. */
    private static final Pattern NEEDS_NO_LOOKUP = Pattern.compile("(\\[.*]|([0-9]{1,3}\\.){3}[0-9]{1,3}):.*");

    @Test
    void addressIsTakenOrRefused() {
        Fuzz.run(chance -> {
            String text = chance.oneOf("127.0.0.1:50051", "[::1]:0", "[fe80::1%lo]:65535", "0.0.0.0:1", "unix:/tmp/x");
            String mutated = chance.oneIn(4) ? text : chance.mutated(text);
            if (!mutated.startsWith("unix:")
                    && !NEEDS_NO_LOOKUP.matcher(mutated).matches()) {
                return false;
            }
            try {
                SocketAddress address = new ListenAddress.OrUnixConverter().convert(mutated);
                if (address instanceof InetSocketAddress internet) {
                    assertThat(ListenAddress.parse(ListenAddress.format(internet)))
                            .isEqualTo(internet);
                }
                return true;
            } catch (TypeConversionException e) {
                assertThat(e.getMessage()).contains(mutated);
                return false;
            }
        });
    }

    @Test
    void sizeIsTakenOrRefused() {
        Fuzz.run(chance -> {
            String text = Math.abs(chance.number() / 2) + chance.oneOf("", "KiB", "MiB", "GiB", "TiB");
            String mutated = chance.oneIn(3) ? chance.mutated(text) : text;
            try {
                assertThat(ByteSize.parse(mutated)).isNotNegative();
                return true;
            } catch (TypeConversionException e) {
                assertThat(e.getMessage()).contains(mutated);
                return false;
            }
        });
    }

    @Test
    void timeIsTakenOrRefused() {
        Fuzz.run(chance -> {
            String text = Math.abs(chance.number() / 2) + chance.oneOf("ms", "s", "m", "h", "d");
            String mutated = chance.oneIn(3) ? chance.mutated(text) : text;
            try {
                assertThat(TimeSpan.parse(mutated)).isBetween(Duration.ZERO, Duration.ofDays(10_000));
                return true;
            } catch (TypeConversionException e) {
                assertThat(e.getMessage()).contains(mutated);
                return false;
            }
        });
    }
}
