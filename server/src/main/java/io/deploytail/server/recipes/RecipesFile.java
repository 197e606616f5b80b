package io.deploytail.server.recipes;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.RecipeBook;
import io.deploytail.server.deployment.Recipes;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/** The recipes of a YAML file, as it was when it was last read. Thread-safe. */
public final class RecipesFile implements Recipes {
    private static final int MAX_ALIASES = 50;
    private static final int MAX_CHARACTERS = 1 << 20;

    private final Path file;
    private volatile RecipeBook book = RecipeBook.NONE;

    /** None yet, until the file is read. */
    public RecipesFile(Path file) {
        this.file = requireNonNull(file);
    }

    @Override
    public RecipeBook inForce() {
        return book;
    }

    /**
     * Reads the file; from now on it counts as it is.
     *
     * @throws IOException if it can't be read or something in it is wrong; says what, all of it, for people. Then
     *     everything stays as it was.
     */
    public void reload() throws IOException {
        book = parse(read());
    }

    private String read() throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no " + file, e);
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is not UTF-8", e);
        }
    }

    private RecipeBook parse(String text) throws IOException {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file.toString())
                .setSchema(new FailsafeSchema()) // 1.10 is a version, not a number
                .setAllowDuplicateKeys(false)
                .setAllowNonScalarKeys(false) // as texts they could be endless
                .setTagConstructors(
                        Map.of(Tag.NULL, unused -> "")) // nothing is a text too, in this schema without nulls
                .setMaxAliasesForCollections(MAX_ALIASES)
                .setCodePointLimit(MAX_CHARACTERS)
                .build();
        BookReader reader = new BookReader();
        RecipeBook read;
        try {
            read = reader.read(new Load(settings).loadFromString(text));
        } catch (YamlEngineException e) {
            throw new IOException(file + " is no good YAML: " + e.getMessage(), e);
        } catch (StackOverflowError e) {
            throw new IOException(file + " has something that is nested too deeply", e);
        }
        List<String> problems = reader.problems();
        if (!problems.isEmpty()) {
            throw new IOException(file + ": " + String.join("; ", problems));
        }
        return read;
    }
}
