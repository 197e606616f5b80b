package io.deploytail.server.recipes;

import com.google.re2j.PatternSyntaxException;
import io.deploytail.server.deployment.ReadableDuration;
import io.deploytail.server.deployment.Recipe;
import io.deploytail.server.deployment.RecipeBook;
import io.deploytail.server.deployment.RecipeParameter;
import io.deploytail.server.deployment.Role;
import io.deploytail.server.deployment.Template;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes a book of recipes of what YAML holds, and collects all that is wrong with it: then the book is worth nothing.
 * Confined to one reading.
 */
final class BookReader {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final int DEFAULT_LENGTH = 256;
    private static final int MAX_LENGTH = 10_000;

    /** So that what is wrong with a large file can be told, and kept, whatever that is. */
    private static final int MAX_PROBLEMS = 100;

    private static final int MAX_PROBLEM_LENGTH = 160;

    private static final Set<String> BOOK = Set.of("recipes", "free_commands");
    private static final Set<String> RECIPE = Set.of(
            "description",
            "command",
            "parameters",
            "env",
            "secret_env",
            "directory",
            "timeout",
            "silence_timeout",
            "target",
            "roles");
    private static final Set<String> PARAMETER = Set.of("description", "pattern", "choices", "max_length", "default");

    private final List<String> problems = new ArrayList<>();
    private int found;

    /** What is wrong; empty if nothing is. Very many are only counted. */
    List<String> problems() {
        List<String> all = new ArrayList<>(problems);
        if (found > problems.size()) {
            all.add("and " + (found - problems.size()) + " more");
        }
        return all;
    }

    RecipeBook read(@Nullable Object root) {
        Map<String, Object> book = map(root, "the file");
        knownOnly(book, BOOK, "the file");
        Map<String, Recipe> recipes = new LinkedHashMap<>();
        map(book.get("recipes"), "recipes").forEach((name, value) -> {
            if (!NAME.matcher(name).matches()) {
                problem("recipes", "'" + name + "' is no name: letters, digits and ._-, 63 at most");
            }
            recipes.put(name, recipe(name, map(value, name)));
        });
        return new RecipeBook(recipes, roles(book.get("free_commands"), "free_commands", Set.of()));
    }

    private Recipe recipe(String name, Map<String, Object> recipe) {
        knownOnly(recipe, RECIPE, name);
        Map<String, RecipeParameter> parameters = new LinkedHashMap<>();
        map(recipe.get("parameters"), name + ".parameters").forEach((parameter, value) -> {
            String where = name + ".parameters." + parameter;
            if (!VARIABLE.matcher(parameter).matches()) {
                problem(where, "is no name: letters, digits and _");
            }
            parameters.put(parameter, parameter(map(value, where), where));
        });
        List<Template> command = texts(recipe.get("command"), name + ".command").stream()
                .map(Template::new)
                .toList();
        if (command.isEmpty() || command.get(0).text().isEmpty()) {
            problem(name + ".command", "must name a program");
        } else if (!command.get(0).names().isEmpty()) {
            problem(name + ".command", "the program itself must not be a parameter");
        }
        Map<String, Template> env = new LinkedHashMap<>();
        map(recipe.get("env"), name + ".env").forEach((variable, value) -> {
            if (!VARIABLE.matcher(variable).matches()) {
                problem(name + ".env", "'" + variable + "' is no name of a variable");
            }
            env.put(variable, new Template(text(value, name + ".env." + variable)));
        });
        Map<String, Path> secretFiles = new LinkedHashMap<>();
        Set<String> callerSecrets = new LinkedHashSet<>();
        map(recipe.get("secret_env"), name + ".secret_env").forEach((variable, value) -> {
            String where = name + ".secret_env." + variable;
            if (!VARIABLE.matcher(variable).matches() || env.containsKey(variable)) {
                problem(where, "is no name of a variable, or is in env as well");
            }
            if ("caller".equals(value)) {
                callerSecrets.add(variable);
                return;
            }
            Map<String, Object> source = map(value, where);
            knownOnly(source, Set.of("file"), where);
            String file = text(source.get("file"), where + ".file");
            if (file.startsWith("/") && file.indexOf('\0') < 0) {
                secretFiles.put(variable, Path.of(file));
            } else {
                problem(where, "must be 'caller', or have a file with an absolute path");
            }
        });
        String directory = text(recipe.get("directory"), name + ".directory");
        if (!directory.isEmpty() && !directory.startsWith("/")) {
            problem(name + ".directory", "must be absolute");
        }
        Template target = new Template(text(recipe.get("target"), name + ".target"));
        Set<String> used = new LinkedHashSet<>(target.names());
        command.forEach(word -> used.addAll(word.names()));
        env.values().forEach(value -> used.addAll(value.names()));
        used.stream()
                .filter(parameter -> !parameters.containsKey(parameter))
                .forEach(parameter -> problem(name, "uses ${" + parameter + "}, which is no parameter of it"));
        parameters.keySet().stream()
                .filter(parameter -> !used.contains(parameter))
                .forEach(parameter -> problem(name + ".parameters." + parameter, "is not used"));
        return new Recipe(
                name,
                text(recipe.get("description"), name + ".description"),
                command,
                parameters,
                env,
                secretFiles,
                callerSecrets,
                directory,
                time(recipe.get("timeout"), name + ".timeout"),
                time(recipe.get("silence_timeout"), name + ".silence_timeout"),
                target,
                roles(recipe.get("roles"), name + ".roles", EnumSet.of(Role.DEPLOYER, Role.ADMIN)));
    }

    private RecipeParameter parameter(Map<String, Object> parameter, String where) {
        knownOnly(parameter, PARAMETER, where);
        String pattern = text(parameter.get("pattern"), where + ".pattern");
        List<String> choices = texts(parameter.get("choices"), where + ".choices");
        if (pattern.isEmpty() == choices.isEmpty()) {
            problem(where, "needs either a pattern or choices");
        }
        Optional<String> defaultValue = parameter.containsKey("default")
                ? Optional.of(text(parameter.get("default"), where + ".default"))
                : Optional.empty();
        RecipeParameter read = new RecipeParameter(
                text(parameter.get("description"), where + ".description"),
                pattern,
                pattern.isEmpty() ? value -> true : matching(pattern, where),
                choices,
                length(parameter.get("max_length"), where + ".max_length"),
                defaultValue);
        defaultValue.flatMap(read::problem).ifPresent(problem -> problem(where + ".default", problem));
        return read;
    }

    private Predicate<String> matching(String pattern, String where) {
        try {
            return com.google.re2j.Pattern.compile(pattern)::matches;
        } catch (PatternSyntaxException e) {
            problem(where + ".pattern", e.getMessage());
            return value -> false;
        }
    }

    private int length(@Nullable Object value, String where) {
        if (value == null) {
            return DEFAULT_LENGTH;
        }
        String text = text(value, where);
        if (text.matches("[1-9][0-9]{0,4}") && Integer.parseInt(text) <= MAX_LENGTH) {
            return Integer.parseInt(text);
        }
        problem(where, "must be a number from 1 to " + MAX_LENGTH);
        return DEFAULT_LENGTH;
    }

    private Optional<Duration> time(@Nullable Object value, String where) {
        if (value == null) {
            return Optional.empty();
        }
        Optional<Duration> time = ReadableDuration.parse(text(value, where))
                .filter(duration -> !duration.isZero() && duration.compareTo(ReadableDuration.MAX) <= 0);
        if (time.isPresent()) {
            return time;
        }
        problem(where, "must be a time like 500ms, 30s, 10m, 2h or 1d");
        return Optional.empty();
    }

    private Set<Role> roles(@Nullable Object value, String where, Set<Role> unlessSet) {
        if (value == null) {
            return unlessSet;
        }
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String text : texts(value, where)) {
            Optional<Role> role = EnumSet.of(Role.DEPLOYER, Role.ADMIN).stream()
                    .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(text))
                    .findFirst();
            role.ifPresentOrElse(roles::add, () -> problem(where, "'" + text + "' is not deployer or admin"));
        }
        return roles;
    }

    private Map<String, Object> map(@Nullable Object value, String where) {
        Map<String, Object> map = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> entries) {
            entries.forEach((key, entry) -> map.put(String.valueOf(key), entry));
        } else if (value != null) {
            problem(where, "must have names and values");
        }
        return map;
    }

    private List<String> texts(@Nullable Object value, String where) {
        List<String> texts = new ArrayList<>();
        if (value instanceof List<?> list) {
            list.forEach(each -> texts.add(text(each, where)));
        } else if (value != null) {
            problem(where, "must be a list");
        }
        return texts;
    }

    private String text(@Nullable Object value, String where) {
        if (value instanceof Map || value instanceof List) {
            problem(where, "must be a text");
            return "";
        }
        return value == null ? "" : String.valueOf(value);
    }

    private void knownOnly(Map<String, Object> map, Set<String> names, String where) {
        map.keySet().stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> problem(where, "there is no '" + name + "'"));
    }

    private void problem(String where, String what) {
        found++;
        if (problems.size() < MAX_PROBLEMS) {
            problems.add(shorten(where) + ": " + shorten(what));
        }
    }

    private static String shorten(String text) {
        return text.length() <= MAX_PROBLEM_LENGTH ? text : text.substring(0, MAX_PROBLEM_LENGTH) + "…";
    }
}
