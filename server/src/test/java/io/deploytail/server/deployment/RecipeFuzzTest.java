package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Chance;
import io.deploytail.server.Fuzz;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What becomes of the values that a caller gives to a recipe. */
class RecipeFuzzTest {
    private static final List<String> NAMES = List.of("a", "b", "tenant", "A_1");

    @Test
    void valueStaysWithinItsArgumentAndIsNotLookedAtAgain() {
        Fuzz.run(chance -> {
            Map<String, RecipeParameter> parameters = new LinkedHashMap<>();
            NAMES.forEach(name -> parameters.put(name, parameter(chance)));
            List<List<Piece>> words = new ArrayList<>();
            words.add(List.of(new Piece("/bin/true", false)));
            for (int count = chance.below(6); count > 0; count--) {
                words.add(word(chance));
            }
            List<Piece> target = word(chance);
            Recipe recipe = recipe(words, parameters, target);
            Map<String, String> given = new HashMap<>();
            NAMES.stream().filter(name -> !chance.oneIn(8)).forEach(name -> given.put(name, value(chance)));

            DeployRequest resolved;
            try {
                resolved = new RecipeBook(Map.of("r", recipe), Set.of()).resolve(request(given), Role.ADMIN);
            } catch (InvalidRequestException e) {
                assertThat(e.violations()).isNotEmpty();
                return false;
            }

            assertThat(resolved.command())
                    .isEqualTo(words.stream()
                            .map(word -> filled(word, resolved.parameters()))
                            .toList());
            assertThat(resolved.target()).isEqualTo(filled(target, resolved.parameters()));
            assertThat(resolved.env()).containsExactly(Map.entry("TARGET", resolved.target()));
            assertThat(resolved.parameters()).containsOnlyKeys(NAMES).containsAllEntriesOf(given);
            words.stream()
                    .filter(word -> !word.isEmpty() && word.get(0).isParameter())
                    .forEach(word -> assertThat(
                                    resolved.parameters().get(word.get(0).text()))
                            .doesNotStartWith("-"));
            return true;
        });
    }

    private static RecipeParameter parameter(Chance chance) {
        boolean isText = chance.oneIn(2);
        return new RecipeParameter(
                "",
                ".*",
                value -> isText || value.chars().allMatch(each -> each > ' '),
                List.of(),
                20,
                chance.oneIn(3) ? Optional.of("default") : Optional.empty());
    }

    private static String value(Chance chance) {
        return chance.oneIn(3)
                ? chance.text()
                : chance.oneOf("${a}", "${tenant}", "$${b}", "a b", "$1", "\\", "", "-x", "x");
    }

    private static List<Piece> word(Chance chance) {
        List<Piece> word = new ArrayList<>();
        for (int count = chance.below(4); count > 0; count--) {
            word.add(
                    chance.oneIn(2)
                            ? new Piece(chance.oneOf(NAMES), true)
                            : new Piece(chance.oneOf("", "--x=", "${a}", "}", "a{", "\\$1", "é ", "$$ "), false));
        }
        return word;
    }

    private static String filled(List<Piece> word, Map<String, String> values) {
        StringBuilder filled = new StringBuilder();
        word.forEach(piece -> filled.append(piece.isParameter() ? values.get(piece.text()) : piece.text()));
        return filled.toString();
    }

    private static Recipe recipe(List<List<Piece>> words, Map<String, RecipeParameter> parameters, List<Piece> target) {
        return new Recipe(
                "r",
                "",
                words.stream().map(RecipeFuzzTest::template).toList(),
                parameters,
                Map.of("TARGET", template(target)),
                Map.of(),
                Set.of(),
                "",
                Optional.empty(),
                Optional.empty(),
                template(target),
                Set.of(Role.ADMIN));
    }

    private static Template template(List<Piece> word) {
        StringBuilder text = new StringBuilder();
        word.forEach(piece -> text.append(
                piece.isParameter() ? "${" + piece.text() + "}" : piece.text().replace("${", "$${")));
        return new Template(text.toString());
    }

    private static DeployRequest request(Map<String, String> parameters) {
        return new DeployRequest(
                "",
                "",
                List.of(),
                Map.of(),
                Map.of(),
                "",
                Map.of(),
                Optional.empty(),
                Optional.empty(),
                false,
                "r",
                new TreeMap<>(parameters),
                Actor.SERVER);
    }

    private record Piece(String text, boolean isParameter) {}
}
