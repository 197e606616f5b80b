package io.deploytail.server.deployment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Chance;
import io.deploytail.server.Fuzz;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Requests are checked, and none of them is carried out. */
class RequestRulesFuzzTest {
    private static final int LONG = 1 << 17;

    @Test
    void whatPassesCanBeStartedAndRecordedAndTheRestIsNamed() {
        Fuzz.run(chance -> {
            DeployRequest request = request(chance);
            try {
                RequestRules.check(request);
            } catch (InvalidRequestException e) {
                assertThat(e.violations()).isNotEmpty().hasSizeLessThanOrEqualTo(100);
                assertThat(e.found()).isGreaterThanOrEqualTo(e.violations().size());
                return false;
            }
            assertThat(request.command().get(0)).isNotEmpty().doesNotStartWith("-");
            assertThat(Stream.of(
                                    request.command(),
                                    request.env().values(),
                                    request.secretEnv().values())
                            .flatMap(texts -> texts.stream()))
                    .allMatch(text -> text.indexOf('\0') < 0 && text.getBytes(UTF_8).length < LONG);
            assertThat(Stream.concat(
                            Stream.of(request.requestId(), request.target()), request.labels().values().stream()))
                    .allMatch(text -> text.chars().noneMatch(Character::isISOControl));
            assertThat(request.workingDirectory()).matches("(?s)(/.*)?");
            assertThat(request.secretEnv())
                    .doesNotContainKeys(request.env().keySet().toArray(String[]::new));
            request.secretEnv().values().stream()
                    .filter(secret -> secret.getBytes(UTF_8).length >= SecretForms.MIN_LENGTH)
                    .forEach(secret -> assertThat(request.command()).noneMatch(word -> word.contains(secret)));
            return true;
        });
    }

    private static DeployRequest request(Chance chance) {
        List<String> command = new ArrayList<>(List.of(word(chance, "/bin/true")));
        for (int count = many(chance, 4); count > 0; count--) {
            command.add(count > 10 ? "" : word(chance, chance.text()));
        }
        return new DeployRequest(
                word(chance, "id"),
                word(chance, "tenant"),
                command,
                map(chance, "A"),
                map(chance, "S"),
                chance.oneIn(2) ? "" : word(chance, "/tmp"),
                map(chance, "label"),
                time(chance),
                time(chance),
                false,
                "",
                Map.of(),
                Actor.SERVER);
    }

    private static Map<String, String> map(Chance chance, String name) {
        Map<String, String> map = new HashMap<>();
        for (int count = many(chance, 3); count > 0; count--) {
            map.put(word(chance, name + count), count > 10 ? "" + (1_000_000 + count) : word(chance, chance.text()));
        }
        return map;
    }

    /** Few, and now and then as many as fit into a message. */
    private static int many(Chance chance, int few) {
        return chance.oneIn(2000) ? 50_000 : chance.below(few);
    }

    /** Mostly as it is, or what would be valid were there not so many fields. */
    private static String word(Chance chance, String text) {
        String mutated = chance.oneIn(20) ? chance.mutated(text) : text;
        String arrived = new String(mutated.getBytes(UTF_8), UTF_8);
        return chance.oneIn(200) ? arrived + "x".repeat(chance.below(2 * LONG)) : arrived;
    }

    private static Optional<Duration> time(Chance chance) {
        if (chance.oneIn(20)) {
            return Optional.of(Duration.ofSeconds(chance.number(), chance.below(1_000_000_000)));
        }
        return chance.oneIn(2) ? Optional.empty() : Optional.of(Duration.ofSeconds(1 + chance.below(1000)));
    }
}
