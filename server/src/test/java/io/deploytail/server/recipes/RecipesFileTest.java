package io.deploytail.server.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deploytail.server.deployment.RecipeBook;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @Test
    void fileThatBlowsUpIsRefused() throws IOException {
        StringBuilder laughs = new StringBuilder("x0: &x0 [ha, ha]\n");
        for (int i = 1; i < 60; i++) {
            laughs.append("x")
                    .append(i)
                    .append(": &x")
                    .append(i)
                    .append(" [*x")
                    .append(i - 1)
                    .append(", *x")
                    .append(i - 1)
                    .append("]\n");
        }
        Path file = Files.writeString(directory.resolve("recipes.yaml"), laughs);

        assertThatThrownBy(new RecipesFile(file)::reload).isInstanceOf(IOException.class);
    }
}
