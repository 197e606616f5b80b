package io.deploytail.server.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Chance;
import io.deploytail.server.Fuzz;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** YAML that an operator may have written, or nobody ever would. */
class RecipesFileFuzzTest {
    /** A message is for people, and is kept. */
    private static final int MAX_MESSAGE = 20_000;

    private static final List<String> GOOD = List.of(
            """
            free_commands: [admin]
            recipes:
              release:
                description: Releases a tenant.
                command: [printf, '%s|', '${tenant}', 'v=${version}', '$${tenant}', '${note}.']
                parameters:
                  tenant: {pattern: '[a-z][a-z0-9-]*', max_length: 20, description: Whose it is.}
                  version: {choices: [1.10, '2.0']}
                  note: {pattern: '.*', default: ''}
                env: {REGION: 'eu-${tenant}'}
                secret_env: {TOKEN: caller, KEY: {file: /run/secrets/key}}
                directory: /
                target: tenant-${tenant}
                timeout: 10m
                silence_timeout: 30s
            """,
            """
            base: &base {timeout: 10m, roles: [admin, deployer]}
            recipes:
              wipe:
                <<: *base
                command: &command
                - echo
                - "wiped\\n"
              again: {command: *command}
            """,
            """
            recipes: {
              "a": {"command": ["echo", "${x}"], "parameters": {"x": {"pattern": "(a|b)+[0-9]{2,30}", "default": "a11"}}},
              b: {command: [echo, !!str 1, ! 2, null, ~, true, 0o17, 2001-01-01], directory: /tmp}
            }
            """,
            "recipes: {a: {command: [echo], timeout: VALUE}}",
            "recipes: {a: {command: [echo], secret_env: {A: {file: VALUE}}}}",
            """
            recipes: {a: {command: [echo, '${x}'], parameters: {x: {pattern: VALUE}}}}
            """,
            """
            recipes: {a: {command: [echo, '${x}'], parameters: {x: {pattern: a, max_length: VALUE}}}}
            """);

    private static final List<String> YAML = List.of(
            "&a ",
            "*a",
            "<<: ",
            "!!binary ",
            "!!set ",
            "!!java.net.URL ",
            "? ",
            "- ",
            ": ",
            "|\n",
            ">-\n",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "# ",
            "\"\\0\"",
            "\"\\ud800\"",
            "{}",
            "[]",
            "\n",
            "  ",
            "\t",
            "null",
            "VALUE");

    @TempDir
    private Path directory;

    @Test
    void fileIsTakenOrRefusedByItsNameInFewWordsAndLittleTime() {
        Path path = directory.resolve("recipes.yaml");
        Fuzz.run(chance -> {
            RecipesFile file = new RecipesFile(path);
            Files.write(path, bytes(chance, text(chance)));

            try {
                file.reload();
            } catch (IOException e) {
                assertThat(e.getMessage()).contains(path.toString()).hasSizeLessThan(MAX_MESSAGE);
                assertThat(file.inForce().recipes()).isEmpty();
                return false;
            }
            file.inForce()
                    .recipes()
                    .forEach((name, recipe) ->
                            assertThat(recipe.command()).as(name).isNotEmpty());
            return true;
        });
    }

    private static String text(Chance chance) {
        String text = chance.oneOf(GOOD);
        for (int changes = chance.oneIn(2) ? chance.below(3) : 0; changes > 0; changes--) {
            int at = chance.below(text.length() + 1);
            text = text.substring(0, at) + chance.oneOf(YAML) + text.substring(at);
        }
        return text.replace("VALUE", chance.oneIn(2) ? chance.oneOf("10m", "5", "/a", "'a+'") : value(chance));
    }

    private static byte[] bytes(Chance chance, String text) {
        if (chance.oneIn(1000)) {
            return (text + manyProblems(chance)).getBytes(StandardCharsets.UTF_8);
        }
        if (chance.oneIn(300)) {
            return bomb(chance, text).getBytes(StandardCharsets.UTF_8);
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return chance.oneIn(4) ? chance.mutated(bytes) : bytes;
    }

    private static String value(Chance chance) {
        int count = 1 + chance.below(chance.oneOf(10, 1000, 5000));
        return switch (chance.below(12)) {
            case 0 -> "\"/a\\0b\"";
            case 1 -> "&r [[*r]]";
            case 2 -> "&r {a: *r}";
            case 3 -> "[".repeat(count) + "]".repeat(count);
            case 4 -> "'" + "(".repeat(count) + "a" + ")".repeat(count) + "'";
            case 5 -> "'" + "(".repeat(2) + "a" + "{100})".repeat(2) + "'";
            case 6 -> "'" + "(a+)*".repeat(count) + "'";
            case 7 -> "'[" + chance.text().replace('\'', '^') + "'";
            case 8 ->
                "'"
                        + chance.mutated("^(?i:a|[[:alpha:]]\\pL{2,3}\\x{10FFFF}\\Q.\\E)*?$")
                                .replace("'", "''") + "'";
            case 9 -> Long.toString(chance.number());
            case 10 -> Math.abs(chance.number() / 2) + "d";
            default -> "'" + chance.text().replace("'", "''") + "'";
        };
    }

    private static String manyProblems(Chance chance) {
        String name = "n".repeat(1 + chance.below(1000));
        return "\n  " + name + ": {"
                + IntStream.range(0, 40_000).mapToObj(i -> "k" + i + ": ").collect(Collectors.joining(", ")) + "}\n";
    }

    /** Each level is twice as large as the one before, which is written down once. */
    private static String bomb(Chance chance, String text) {
        int levels = 2 + chance.below(60);
        StringBuilder bomb = new StringBuilder("x0: &x0 [ha, ha]\n");
        for (int i = 1; i < levels; i++) {
            bomb.append(String.format("x%d: &x%d [*x%d, *x%d]%n", i, i, i - 1, i - 1));
        }
        String last = "*x" + (levels - 1);
        return switch (chance.below(5)) {
            case 0 -> bomb + "recipes: {a: {command: [echo], timeout: " + last + "}}\n";
            case 1 -> bomb + "recipes: {a: {command: [echo], ? " + last + " : x}}\n";
            case 2 -> bomb + "recipes: {a: {command: " + last + "}}\n";
            case 3 -> bomb + "? " + last + "\n: x\n";
            default -> "[{a: ".repeat(levels * 2000) + text;
        };
    }
}
