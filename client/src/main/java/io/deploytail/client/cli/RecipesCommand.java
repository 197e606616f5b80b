package io.deploytail.client.cli;

import io.deploytail.client.DeploytailClient;
import io.deploytail.client.Recipe;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Describes the recipes that may be used. */
@Command(
        name = RecipesCommand.NAME,
        description = "Lists what the server's recipes let you run, with their parameters.")
final class RecipesCommand implements Callable<Integer> {
    static final String NAME = "recipes";

    private final DeploytailCommand root;

    @Option(names = "--json", description = "Print one line of JSON for each recipe.")
    private boolean json;

    RecipesCommand(DeploytailCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        List<Recipe> recipes;
        try (DeploytailClient client = root.connect()) {
            recipes = client.recipes();
        }
        if (recipes.isEmpty()) {
            root.context().say("there are no recipes for you");
        }
        for (Recipe recipe : recipes) {
            if (json) {
                root.context().print(recipe.toJson());
            } else {
                for (String line : describe(recipe)) {
                    root.context().print(Printable.of(line));
                }
            }
        }
        return 0;
    }

    private static List<String> describe(Recipe recipe) {
        List<String> lines = new ArrayList<>();
        lines.add(recipe.name() + (recipe.description().isEmpty() ? "" : ": " + recipe.description()));
        lines.add("  command  " + Printable.command(recipe.command()));
        recipe.target().ifPresent(target -> lines.add("  target   " + target));
        recipe.timeout().ifPresent(time -> lines.add("  timeout  " + DurationText.of(time)));
        recipe.silenceTimeout().ifPresent(time -> lines.add("  silence  " + DurationText.of(time)));
        recipe.parameters().forEach(parameter -> lines.add("  -p " + parameter.name() + "=" + values(parameter)));
        recipe.secrets().forEach(secret -> lines.add("  --secret-env " + secret));
        return lines;
    }

    private static String values(Recipe.Parameter parameter) {
        String values = parameter.choices().isEmpty()
                ? parameter.pattern() + ", at most " + parameter.maxLength() + " characters"
                : String.join("|", parameter.choices());
        String otherwise =
                parameter.defaultValue().map(value -> " (else '" + value + "')").orElse("");
        return values + otherwise + (parameter.description().isEmpty() ? "" : ": " + parameter.description());
    }
}
