package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A value that a recipe takes.
 *
 * @param description for people; may be empty
 * @param pattern what the whole value must match, as text; empty for anything
 * @param matches whether a value does
 * @param choices the values that are allowed; empty for any
 * @param maxLength in characters
 * @param defaultValue the value if it is left out; without one it must be given
 */
public record RecipeParameter(
        String description,
        String pattern,
        Predicate<String> matches,
        List<String> choices,
        int maxLength,
        Optional<String> defaultValue) {
    public RecipeParameter {
        requireNonNull(description);
        requireNonNull(pattern);
        requireNonNull(matches);
        choices = List.copyOf(choices);
    }

    /** What is wrong with a value; empty if nothing is. */
    public Optional<String> problem(String value) {
        int length = value.codePointCount(0, value.length());
        if (length > maxLength) { // first: a pattern takes as long as the value is
            return Optional.of("has " + length + " characters; may have at most " + maxLength);
        }
        if (!choices.isEmpty() && !choices.contains(value)) {
            return Optional.of("must be one of: " + String.join(", ", choices));
        }
        if (value.chars().anyMatch(Character::isISOControl)) {
            return Optional.of("contains a control character");
        }
        return matches.test(value) ? Optional.empty() : Optional.of("must match " + pattern);
    }
}
