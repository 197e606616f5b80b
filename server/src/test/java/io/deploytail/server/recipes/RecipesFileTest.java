package io.deploytail.server.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deploytail.server.deployment.RecipeBook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The YAML that says what may be run, with all that can be wrong with it. */
class RecipesFileTest {
    private static final String GOOD = "recipes: {a: {command: [echo]}}";

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '`',
            value = {
                "`` # the file: must have names and values",
                "--- # the file: must have names and values",
                "recipes: # recipes: must have names and values",
                "recipes: {a: {command: [echo], timeout: }} # a.timeout: must be a time",
                "recipes: {a: {command: [echo], parameters: }} # a.parameters: must have names and values",
                "recipes: {a: {command: [echo]} # is no good YAML",
                "recipes: {a: {command: [x]}, a: {command: [y]}} # is no good YAML",
                "a: !!javax.script.ScriptEngineManager [] # is no good YAML",
                "a: [] # the file: there is no 'a'",
                "recipes: [a] # recipes: must have names and values",
                "recipes: {a: {}} # a.command: must name a program",
                "recipes: {a: {command: echo}} # a.command: must be a list",
                "recipes: {a: {command: [[echo]]}} # a.command: must be a text",
                "recipes: {a: {comand: [echo]}} # a: there is no 'comand'",
                "recipes: {a b: {command: [echo]}} # 'a b' is no name",
                "recipes: {a: {command: [echo, '${x}']}} # a: uses ${x}, which is no parameter of it",
                "recipes: {a: {command: ['${x}'], parameters: {x: {choices: [sh]}}}} # the program itself must not be",
                "recipes: {a: {command: [echo], parameters: {x: {choices: [y]}}}} # a.parameters.x: is not used",
                "recipes: {a: {command: [echo, '${x}'], parameters: {x: {}}}} # x: needs either a pattern or choices",
                "recipes: {a: {command: [echo, '${x}'], parameters: {x: {pattern: '('}}}} # a.parameters.x.pattern:",
                "recipes: {a: {command: [echo, '${x}'], parameters: {x: {pattern: a, default: b}}}} # default: must match a",
                "recipes: {a: {command: [echo, '${x}'], parameters: {x: {pattern: a, max_length: 0}}}} # from 1 to 10000",
                "recipes: {a: {command: [echo], timeout: soon}} # a.timeout: must be a time",
                "recipes: {a: {command: [echo], timeout: 0s}} # a.timeout: must be a time",
                "recipes: {a: {command: [echo], timeout: &t [[*t]]}} # a.timeout: must be a text",
                "recipes: {a: {command: [echo, '${x}'], parameters: {x: {pattern: a, max_length: &m [[*m]]}}}} # must be a text",
                "recipes: {a: {command: [echo], secret_env: {S: {file: \"/a\\0b\"}}}} # must be 'caller', or have a file",
                "recipes: {a: {command: [echo], ? [b] : c}} # is no good YAML",
                "recipes: {a: {command: [echo], directory: tmp}} # a.directory: must be absolute",
                "recipes: {a: {command: [echo], env: {'1': x}}} # a.env: '1' is no name of a variable",
                "recipes: {a: {command: [echo], roles: [viewer]}} # a.roles: 'viewer' is not deployer or admin",
                "free_commands: [root] # free_commands: 'root' is not deployer or admin",
            })
    void whatIsWrongIsNamedAndTheOldBookStaysInForce(String text, String problem) throws IOException {
        Path file = Files.writeString(directory.resolve("recipes.yaml"), GOOD);
        RecipesFile recipes = new RecipesFile(file);
        recipes.reload();
        RecipeBook before = recipes.inForce();
        assertThat(before.recipes()).containsKey("a");

        Files.writeString(file, text);
        assertThatThrownBy(recipes::reload)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(problem);

        assertThat(recipes.inForce()).isSameAs(before);
    }

    @Test
    void allProblemsAreNamedAtOnce() throws IOException {
        Path file = Files.writeString(
                directory.resolve("recipes.yaml"), "recipes: {a: {command: [], timeout: x}, b: {roles: [x]}}");

        assertThatThrownBy(new RecipesFile(file)::reload)
                .hasMessageContaining("a.command")
                .hasMessageContaining("a.timeout")
                .hasMessageContaining("b.command")
                .hasMessageContaining("b.roles");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "more: %s",
                "? %s\n: x",
                "recipes: {a: {command: %s}}",
                "recipes: {a: {command: [echo], timeout: %s}}",
                "recipes: {a: {command: [echo, '${x}'], parameters: {x: {pattern: a, max_length: %s}}}}"
            })
    void fileThatBlowsUpIsRefused(String place) throws IOException {
        for (int levels : new int[] {24, 60}) {
            StringBuilder laughs = new StringBuilder("- &x0 [ha, ha]\n");
            for (int i = 1; i < levels; i++) {
                laughs.append(String.format("- &x%d [*x%d, *x%d]%n", i, i - 1, i - 1));
            }
            String last = "*x" + (levels - 1);
            Path file = Files.writeString(
                    directory.resolve("recipes.yaml"), "laughs:\n" + laughs + place.replace("%s", last));

            assertThatThrownBy(new RecipesFile(file)::reload).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: ", "- "})
    void fileThatIsNestedTooDeeplyIsRefused(String level) throws IOException {
        Path file = Files.writeString(directory.resolve("recipes.yaml"), level.repeat(100_000));

        assertThatThrownBy(new RecipesFile(file)::reload)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void patternThatIsNestedTooDeeplyIsRefused() throws IOException {
        String pattern = "(".repeat(50_000) + ")".repeat(50_000);
        Path file = Files.writeString(
                directory.resolve("recipes.yaml"),
                "recipes: {a: {command: [echo, '${x}'], parameters: {x: {pattern: '" + pattern + "'}}}}");

        assertThatThrownBy(new RecipesFile(file)::reload)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nested too deeply");
    }

    @Test
    void manyProblemsAreToldInFewWords() throws IOException {
        String problems =
                IntStream.range(0, 30_000).mapToObj(i -> "k" + i + ": ").collect(Collectors.joining(", "));
        Path file = Files.writeString(
                directory.resolve("recipes.yaml"), "recipes: {" + "n".repeat(1000) + ": {" + problems + "}}");

        assertThatThrownBy(new RecipesFile(file)::reload)
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("; and 29902 more")
                .message()
                .hasSizeLessThan(100_000);
    }
}
