package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Something that may be run, as the operator has written it down: a command with places for what callers choose.
 *
 * @param description for people; may be empty
 * @param parameters by name, in the order in which they were written down
 * @param env values are templates, too
 * @param secretFiles from which files on the server variables are read that are kept out of the log, by name
 * @param callerSecrets the names of those that callers hand over
 * @param directory to start the command in, absolute; empty for the server's default
 * @param target what is deployed; empty for nothing
 * @param roles whose callers may use it
 */
public record Recipe(
        String name,
        String description,
        List<Template> command,
        Map<String, RecipeParameter> parameters,
        Map<String, Template> env,
        Map<String, Path> secretFiles,
        Set<String> callerSecrets,
        String directory,
        Optional<Duration> timeout,
        Optional<Duration> silenceTimeout,
        Template target,
        Set<Role> roles) {
    private static final Logger logger = System.getLogger(Recipe.class.getName());

    public Recipe {
        requireNonNull(name);
        requireNonNull(description);
        command = List.copyOf(command);
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        env = Map.copyOf(env);
        secretFiles = Map.copyOf(secretFiles);
        callerSecrets = Set.copyOf(callerSecrets);
        roles = Set.copyOf(roles);
    }

    /**
     * The request for the command that this makes of a caller's request.
     *
     * @throws InvalidRequestException if the request sets what is the recipe's, or parameters break rules; names all
     */
    DeployRequest apply(DeployRequest request) {
        List<Violation> violations = new ArrayList<>();
        refuseOverrides(request, violations);
        Map<String, String> values = values(request.parameters(), violations);
        checkSecrets(request.secretEnv(), violations);
        if (!violations.isEmpty()) {
            throw new InvalidRequestException(violations);
        }
        return new DeployRequest(
                request.requestId(),
                target.fill(values),
                command.stream().map(word -> word.fill(values)).toList(),
                env.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey,
                                variable -> variable.getValue().fill(values))),
                secrets(request.secretEnv()),
                directory,
                request.labels(),
                timeout,
                silenceTimeout,
                request.noQueue(),
                request.recipe(),
                values,
                request.actor());
    }

    private void checkSecrets(Map<String, String> given, List<Violation> violations) {
        callerSecrets.stream()
                .sorted()
                .filter(secret -> !given.containsKey(secret))
                .forEach(secret -> violations.add(new Violation("secret_env[" + secret + "]", "is missing")));
        given.keySet().stream()
                .sorted()
                .filter(secret -> !callerSecrets.contains(secret))
                .forEach(secret ->
                        violations.add(new Violation("secret_env[" + secret + "]", "is no secret of " + name)));
    }

    private Map<String, String> secrets(Map<String, String> given) {
        Map<String, String> secrets = new HashMap<>(given);
        secretFiles.forEach((secret, file) -> {
            try {
                secrets.put(secret, Files.readString(file).stripTrailing());
            } catch (IOException e) {
                logger.log(Level.ERROR, "recipe " + name + ": cannot read the secret " + secret, e);
                throw new StorageException("cannot read a secret of the recipe", e);
            }
        });
        return secrets;
    }

    private static void refuseOverrides(DeployRequest request, List<Violation> violations) {
        Map<String, Boolean> isSet = new TreeMap<>(Map.of(
                "target", !request.target().isEmpty(),
                "command", !request.command().isEmpty(),
                "env", !request.env().isEmpty(),
                "working_directory", !request.workingDirectory().isEmpty(),
                "timeout", request.timeout().isPresent(),
                "silence_timeout", request.silenceTimeout().isPresent()));
        isSet.forEach((field, is) -> {
            if (is) {
                violations.add(new Violation(field, "is the recipe's; must be unset"));
            }
        });
    }

    private Map<String, String> values(Map<String, String> given, List<Violation> violations) {
        Map<String, String> values = new LinkedHashMap<>();
        parameters.forEach((parameter, rules) -> {
            String value = given.getOrDefault(parameter, rules.defaultValue().orElse(null));
            if (value == null) {
                violations.add(new Violation(field(parameter), "is missing"));
            } else {
                rules.problem(value)
                        .or(() -> optionProblem(parameter, value))
                        .ifPresent(problem -> violations.add(new Violation(field(parameter), problem)));
                values.put(parameter, value);
            }
        });
        Set<String> unknown = new TreeSet<>(given.keySet());
        unknown.removeAll(parameters.keySet());
        unknown.forEach(parameter -> violations.add(new Violation(field(parameter), "is no parameter of " + name)));
        return values;
    }

    /** An argument that is meant as a value must not become an option. */
    private Optional<String> optionProblem(String parameter, String value) {
        boolean beginsAnArgument = command.stream().anyMatch(word -> word.beginsWith(parameter));
        return beginsAnArgument && value.startsWith("-")
                ? Optional.of("must not begin with '-', as an argument begins with it")
                : Optional.empty();
    }

    private static String field(String parameter) {
        return "parameters[" + parameter + "]";
    }
}
