package io.deploytail.server.deployment;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rules for requests. Each check finds every rule that is broken; past some number it only counts them. */
public final class RequestRules {
    private static final int MAX_REQUEST_ID_BYTES = 128;
    private static final int MAX_TARGET_BYTES = 256;
    private static final int MAX_LABELS = 64;
    private static final int MAX_LABEL_VALUE_BYTES = 256;
    private static final int MAX_REASON_BYTES = 1024;
    private static final Duration MIN_TIMEOUT = Duration.ofMillis(1); // as fine as times are stored
    private static final Duration MAX_TIMEOUT = Duration.ofDays(10_000);

    /** Linux's MAX_ARG_STRLEN, which includes the terminating NUL: execve(2). */
    private static final int ARGUMENT_LIMIT_BYTES = 128 << 10;

    /** So that a deployment always fits into a message. */
    private static final int MAX_COMMAND_BYTES = 256 << 10;

    /** With the command far below what Linux takes at once, a quarter of the stack: execve(2). */
    private static final int MAX_ENVIRONMENT_BYTES = 1 << 20;

    /** What an argument costs beside its bytes, even an empty one: a pointer in the kernel, quotes in a message. */
    private static final int ARGUMENT_OVERHEAD_BYTES = 8;

    private static final int MAX_SECRET_BYTES = 8 << 10;

    /** So that finding them takes little memory, also in a hundred logs at once. */
    private static final int MAX_SECRETS_BYTES = 32 << 10;

    private static final int MAX_VIOLATIONS = 100;

    private static final Pattern ENV_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern LABEL_NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?");

    private final List<Violation> violations = new ArrayList<>();
    private int found;

    private RequestRules() {}

    /** @throws InvalidRequestException if a rule is broken */
    static void check(DeployRequest request) {
        RequestRules rules = new RequestRules();
        rules.text("request_id", request.requestId(), MAX_REQUEST_ID_BYTES);
        rules.text("target", request.target(), MAX_TARGET_BYTES);
        rules.command(request.command());
        rules.environment(request.env());
        rules.secrets(request);
        rules.workingDirectory(request.workingDirectory());
        rules.labels(request.labels());
        rules.limit("timeout", request.timeout());
        rules.limit("silence_timeout", request.silenceTimeout());
        rules.throwIfBroken();
    }

    /** @throws InvalidRequestException if a rule is broken */
    static void checkCancelReason(String reason) {
        RequestRules rules = new RequestRules();
        rules.cancelReason(reason);
        rules.throwIfBroken();
    }

    /** What is worth knowing of secrets that break no rule, in a sentence each. */
    public static List<String> warnings(Map<String, String> secrets) {
        return new TreeMap<>(secrets)
                .entrySet().stream()
                        .filter(secret ->
                                !SecretForms.isLongEnough(secret.getValue().getBytes(StandardCharsets.UTF_8)))
                        .map(secret -> "The value of secret_env[" + secret.getKey() + "] has fewer than "
                                + SecretForms.MIN_LENGTH + " bytes and is not masked in the log.")
                        .toList();
    }

    /** What is wrong with the reason of a cancel. */
    public static List<Violation> violationsOfCancelReason(String reason) {
        RequestRules rules = new RequestRules();
        rules.cancelReason(reason);
        return rules.violations;
    }

    private void cancelReason(String reason) {
        text("reason", reason, MAX_REASON_BYTES);
    }

    private void text(String field, String text, int maxBytes) {
        int length = bytes(text);
        if (length > maxBytes) {
            broken(field, "has " + length + " bytes; may have at most " + maxBytes);
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            broken(field, "contains a control character");
        }
    }

    private void noNul(String field, String text) {
        if (text.indexOf('\0') >= 0) {
            broken(field, "contains a NUL character");
        }
    }

    private void command(List<String> command) {
        if (command.isEmpty() || command.get(0).isEmpty()) {
            broken("command", "must name a program");
        } else if (command.get(0).startsWith("-")) {
            broken("command", "must not begin with '-'"); // some shells would take it for an option
        }
        total("command", command.stream(), MAX_COMMAND_BYTES);
        for (int i = 0; i < command.size(); i++) {
            argument("command[" + i + "]", command.get(i));
        }
    }

    private void environment(Map<String, String> env) {
        total("env", env.entrySet().stream().map(Object::toString), MAX_ENVIRONMENT_BYTES);
        new TreeMap<>(env).forEach(this::variable);
    }

    private void secrets(DeployRequest request) {
        Map<String, String> secrets = new TreeMap<>(request.secretEnv());
        secrets.forEach((name, value) -> {
            variable("secret_env", name, value);
            if (request.env().containsKey(name)) {
                broken("secret_env[" + name + "]", "is in env as well");
            }
            if (bytes(value) > MAX_SECRET_BYTES) {
                broken("secret_env[" + name + "]", "has more than " + MAX_SECRET_BYTES + " bytes");
            }
        });
        int sum = secrets.values().stream().mapToInt(RequestRules::bytes).sum();
        if (sum > MAX_SECRETS_BYTES) {
            broken("secret_env", "has " + sum + " bytes of values; may have at most " + MAX_SECRETS_BYTES);
        } else {
            notRecorded(request, secrets);
        }
    }

    /** What is recorded must be free of secrets. Looks for all of them at once: there may be thousands, in thousands of fields. */
    private void notRecorded(DeployRequest request, Map<String, String> secrets) {
        Map<String, String> names = new HashMap<>();
        List<byte[]> values = new ArrayList<>();
        secrets.forEach((name, secret) -> {
            byte[] value = secret.getBytes(StandardCharsets.UTF_8);
            if (SecretForms.isLongEnough(value) && names.putIfAbsent(secret, name) == null) {
                values.add(value);
            }
        });
        if (values.isEmpty()) {
            return;
        }
        SecretMatcher matcher = SecretMatcher.of(values);
        recorded(request).forEach((field, text) -> {
            Set<String> found = new TreeSet<>();
            matcher.find(
                    text.getBytes(StandardCharsets.UTF_8),
                    value -> found.add(names.get(new String(value, StandardCharsets.UTF_8))));
            found.forEach(name -> broken(
                    field,
                    "contains the value of secret_env[" + name
                            + "], and is recorded; let the command read that from its environment"));
        });
    }

    /** All that is recorded of a request, by field. */
    private static Map<String, String> recorded(DeployRequest request) {
        Map<String, String> recorded = new TreeMap<>();
        recorded.put("request_id", request.requestId());
        recorded.put("target", request.target());
        recorded.put("working_directory", request.workingDirectory());
        for (int i = 0; i < request.command().size(); i++) {
            recorded.put("command[" + i + "]", request.command().get(i));
        }
        request.labels().forEach((label, value) -> recorded.put("labels[" + label + "]", value));
        request.parameters().forEach((parameter, value) -> recorded.put("parameters[" + parameter + "]", value));
        return recorded;
    }

    private void variable(String name, String value) {
        variable("env", name, value);
    }

    private void variable(String of, String name, String value) {
        if (!ENV_NAME.matcher(name).matches()) {
            broken(of, "the name '" + name + "' does not match " + ENV_NAME);
            return;
        }
        if (name.equals(DeploymentId.ENVIRONMENT_NAME)) {
            broken(of, name + " is set by the server");
        }
        argument(of + "[" + name + "]", name + "=" + value);
    }

    private void total(String field, Stream<String> arguments, int maxBytes) {
        long total = arguments
                .mapToLong(argument -> bytes(argument) + ARGUMENT_OVERHEAD_BYTES)
                .sum();
        if (total > maxBytes) {
            broken(
                    field,
                    "has " + total + " bytes in all, with " + ARGUMENT_OVERHEAD_BYTES
                            + " added for each; may have at most " + maxBytes);
        }
    }

    private void argument(String field, String argument) {
        int length = bytes(argument);
        if (length >= ARGUMENT_LIMIT_BYTES) {
            broken(field, "has " + length + " bytes; must have fewer than " + ARGUMENT_LIMIT_BYTES);
        }
        noNul(field, argument);
    }

    private void workingDirectory(String directory) {
        if (!directory.isEmpty() && !directory.startsWith("/")) {
            broken("working_directory", "'" + directory + "' is not an absolute path");
        }
        argument("working_directory", directory);
    }

    private void labels(Map<String, String> labels) {
        if (labels.size() > MAX_LABELS) {
            broken("labels", "has " + labels.size() + " entries; may have at most " + MAX_LABELS);
            return;
        }
        new TreeMap<>(labels).forEach((name, value) -> {
            if (!LABEL_NAME.matcher(name).matches()) {
                broken("labels", "the name '" + name + "' does not match " + LABEL_NAME);
            } else {
                text("labels[" + name + "]", value, MAX_LABEL_VALUE_BYTES);
            }
        });
    }

    private void limit(String field, Optional<Duration> limit) {
        limit.filter(duration -> duration.compareTo(MIN_TIMEOUT) < 0 || duration.compareTo(MAX_TIMEOUT) > 0)
                .ifPresent(duration -> broken(field, "must be at least a millisecond and at most 10,000 days"));
    }

    private void broken(String field, String description) {
        found++;
        if (violations.size() < MAX_VIOLATIONS) {
            violations.add(new Violation(field, description));
        }
    }

    private void throwIfBroken() {
        if (!violations.isEmpty()) {
            throw new InvalidRequestException(violations, found);
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
