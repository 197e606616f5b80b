package io.deploytail.server.deployment;

/** What may be run at the moment. Thread-safe. */
@FunctionalInterface
public interface Recipes {
    /** The book that is in force. */
    RecipeBook inForce();
}
