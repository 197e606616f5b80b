package io.deploytail.server.deployment;

/**
 * A rule that a request breaks.
 *
 * @param field the field's name as in the API
 * @param description what is wrong with it and what would be right
 */
public record Violation(String field, String description) {}
