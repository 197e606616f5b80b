package io.deploytail.server.deployment;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The rules for requests. Each check finds every rule that is broken. */
final class RequestRules {
    private static final int MAX_REQUEST_ID_BYTES = 128;
    private static final int MAX_TARGET_BYTES = 256;
    private static final int MAX_LABELS = 64;
    private static final int MAX_LABEL_VALUE_BYTES = 256;
    private static final int MAX_REASON_BYTES = 1024;
    private static final Duration MAX_TIMEOUT = Duration.ofDays(10_000);

    /** Linux's MAX_ARG_STRLEN, which includes the terminating NUL: execve(2). */
    private static final int ARGUMENT_LIMIT_BYTES = 128 << 10;

    /** So that a deployment always fits into a message. */
    private static final int MAX_COMMAND_BYTES = 256 << 10;

    private static final int MAX_VIOLATIONS = 100;

    private static final Pattern ENV_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern LABEL_NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?");

    private final List<Violation> violations = new ArrayList<>();

    private RequestRules() {}

    /** @throws InvalidRequestException if a rule is broken */
    static void check(DeployRequest request) {
        RequestRules rules = new RequestRules();
        rules.text("request_id", request.requestId(), MAX_REQUEST_ID_BYTES);
        rules.text("target", request.target(), MAX_TARGET_BYTES);
        rules.command(request.command());
        new TreeMap<>(request.env()).forEach(rules::environment);
        rules.workingDirectory(request.workingDirectory());
        rules.labels(request.labels());
        rules.limit("timeout", request.timeout());
        rules.limit("silence_timeout", request.silenceTimeout());
        rules.throwIfBroken();
    }

    /** @throws InvalidRequestException if a rule is broken */
    static void checkCancelReason(String reason) {
        RequestRules rules = new RequestRules();
        rules.text("reason", reason, MAX_REASON_BYTES);
        rules.throwIfBroken();
    }

    private void text(String field, String text, int maxBytes) {
        int length = bytes(text);
        if (length > maxBytes) {
            broken(field, "has " + length + " bytes; may have at most " + maxBytes);
        }
        noNul(field, text);
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
        long total = command.stream().mapToLong(RequestRules::bytes).sum();
        if (total > MAX_COMMAND_BYTES) {
            broken("command", "has " + total + " bytes in all; may have at most " + MAX_COMMAND_BYTES);
        }
        for (int i = 0; i < command.size(); i++) {
            argument("command[" + i + "]", command.get(i));
        }
    }

    private void environment(String name, String value) {
        if (!ENV_NAME.matcher(name).matches()) {
            broken("env", "the name '" + name + "' does not match " + ENV_NAME);
            return;
        }
        if (name.equals(DeploymentId.ENVIRONMENT_NAME)) {
            broken("env", name + " is set by the server");
        }
        argument("env[" + name + "]", name + "=" + value);
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
        limit.filter(duration -> duration.isZero() || duration.isNegative() || duration.compareTo(MAX_TIMEOUT) > 0)
                .ifPresent(duration -> broken(field, "must be more than zero and at most 10,000 days"));
    }

    private void broken(String field, String description) {
        if (violations.size() < MAX_VIOLATIONS) {
            violations.add(new Violation(field, description));
        }
    }

    private void throwIfBroken() {
        if (!violations.isEmpty()) {
            throw new InvalidRequestException(violations);
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
