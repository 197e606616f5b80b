package io.deploytail.server.deployment;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What may be run.
 *
 * @param recipes by name
 * @param freeCommands whose callers may run any command as well
 */
public record RecipeBook(Map<String, Recipe> recipes, Set<Role> freeCommands) {
    /** No recipes, and any command for whoever may start deployments. */
    public static final RecipeBook NONE = new RecipeBook(Map.of(), Set.of(Role.values()));

    public RecipeBook {
        recipes = Map.copyOf(recipes);
        freeCommands = Set.copyOf(freeCommands);
    }

    /** The recipes for callers of this role, in the order of their names. */
    List<Recipe> of(Role role) {
        return new TreeMap<>(recipes)
                .values().stream()
                        .filter(recipe -> recipe.roles().contains(role))
                        .toList();
    }

    /**
     * What a request is a request for.
     *
     * @throws NotAllowedException if it is for a command of its own, which callers of this role may not choose
     * @throws InvalidRequestException if there is no such recipe for them, or it can't be applied
     */
    DeployRequest resolve(DeployRequest request, Role role) {
        if (request.recipe().isEmpty()) {
            if (!freeCommands.contains(role)) {
                throw new NotAllowedException(
                        "you may only start what is in a recipe; ListRecipes tells which there are");
            }
            if (!request.parameters().isEmpty()) {
                throw new InvalidRequestException(
                        List.of(new Violation("parameters", "mean nothing without a recipe; must be unset")));
            }
            return request;
        }
        return Optional.ofNullable(recipes.get(request.recipe()))
                .filter(recipe -> recipe.roles().contains(role))
                .orElseThrow(() -> new InvalidRequestException(
                        List.of(new Violation("recipe", "there is none of this name that you may use"))))
                .apply(request);
    }
}
