package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.deploytail.server.storage.Durability;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;

class ServerOptionsTest {
    @ParameterizedTest
    @ValueSource(strings = {"99ms", "8001ms", "9s", "1h"})
    void heartbeatsThatWouldBreakThePromiseOfTheApiAreRefused(String interval) {
        assertThatExceptionOfType(ParameterException.class)
                .isThrownBy(() -> ServerOptions.parse("--heartbeat-interval", interval))
                .withMessage("--heartbeat-interval must be from 100ms to 8s");
    }

    @Test
    void longestHeartbeatIntervalIsEightSeconds() {
        assertThat(ServerOptions.parse("--heartbeat-interval", "8s").heartbeatInterval())
                .isEqualTo(Duration.ofSeconds(8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"240001h", "999999999h", "999999999m"})
    void timesThatNanosecondsCannotHoldAreRefused(String time) {
        assertThatExceptionOfType(ParameterException.class)
                .isThrownBy(() -> ServerOptions.parse("--grace-period", time))
                .withMessageContaining("'" + time + "' is too long; at most 10,000 days");
    }

    @Test
    void durabilityIsNormalUnlessFullIsAskedFor() {
        assertThat(ServerOptions.parse().durability()).isEqualTo(Durability.NORMAL);
        assertThat(ServerOptions.parse("--durability", "full").durability()).isEqualTo(Durability.FULL);
    }

    @Test
    void httpIsOffUnlessAskedFor() {
        assertThat(ServerOptions.parse().web()).isEmpty();
        assertThat(ServerOptions.parse("--web", "127.0.0.1:8080").web())
                .contains(new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--listen", "--web"})
    void offLoopbackItNeedsTlsAndCallers(String option) {
        String[] tls = {"--tls-cert", "server.pem", "--tls-key", "server.key"};
        String[] callers = {"--callers", "callers.json"};

        for (String[] guards : List.of(new String[0], tls, callers)) {
            String[] line = line(new String[] {option, "192.0.2.1:8080"}, guards);
            assertThatExceptionOfType(ParameterException.class)
                    .isThrownBy(() -> ServerOptions.parse(line))
                    .withMessageStartingWith(option + " 192.0.2.1:8080 is not a loopback address.");
            String[] forced = line(line, new String[] {"--let-anyone-who-can-reach-me-run-commands"});
            assertThat(ServerOptions.parse(forced).isOpenToAnyone()).isTrue();
        }
        String[] guarded = line(line(new String[] {option, "192.0.2.1:8080"}, tls), callers);
        assertThat(ServerOptions.parse(guarded).isOpenToAnyone()).isFalse();
    }

    private static String[] line(String[] first, String[] second) {
        return Stream.of(first, second).flatMap(Stream::of).toArray(String[]::new);
    }

    @Test
    void onThisHostItIsOpenToNobodyElse() {
        for (String address : List.of("127.0.0.1:0", "[::1]:0", "unix:deploytail.sock")) {
            assertThat(ServerOptions.parse("--listen", address).isOpenToAnyone())
                    .as(address)
                    .isFalse();
        }
    }

    @Test
    void guardsThatDoNotWorkAloneAreRefused() {
        assertThatExceptionOfType(ParameterException.class)
                .isThrownBy(() -> ServerOptions.parse("--tls-cert", "server.pem"))
                .withMessage("--tls-cert and --tls-key belong together");
        assertThatExceptionOfType(ParameterException.class)
                .isThrownBy(() -> ServerOptions.parse(
                        "--tls-cert", "server.pem", "--tls-key", "server.key", "--client-ca", "ca.pem"))
                .withMessageContaining("--callers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8080", "127.0.0.1", "http://127.0.0.1:8080", "127.0.0.1:65536"})
    void whatIsNotAnAddressForHttpIsRefused(String address) {
        assertThatExceptionOfType(ParameterException.class)
                .isThrownBy(() -> ServerOptions.parse("--web", address))
                .withMessageContaining("'" + address + "' is not HOST:PORT");
    }

    @Test
    void hostNamesOfHttpAreGivenOneByOneOrTogether() {
        assertThat(ServerOptions.parse().webHosts()).isEmpty();
        assertThat(ServerOptions.parse("--web-host", "a.example,b.example", "--web-host", "c.example")
                        .webHosts())
                .containsExactlyInAnyOrder("a.example", "b.example", "c.example");
    }

    @Test
    void tenThousandDaysAreATime() {
        assertThat(ServerOptions.parse("--grace-period", "240000h").gracePeriod())
                .isEqualTo(Duration.ofDays(10_000));
    }

    @Test
    void commandToRunOnFinishIsTakenAsItStandsAndABlankOneIsNone() {
        String command = "notify \"${HOME}\" '${sys:user.name}' $1 %s \\n @x";

        assertThat(ServerOptions.parse("--on-finish", command).onFinish()).contains(command);
        assertThat(ServerOptions.parse("--on-finish", " ").onFinish()).isEmpty();
        assertThat(ServerOptions.parse().onFinish()).isEmpty();
    }
}
