package io.deploytail.server.grpc;

import io.deploytail.server.deployment.RecipeParameter;
import io.deploytail.server.deployment.Template;
import io.deploytail.v1.Recipe;

/** Turns recipes into messages. */
final class RecipeMessages {
    private RecipeMessages() {}

    static Recipe toMessage(io.deploytail.server.deployment.Recipe recipe) {
        Recipe.Builder message = Recipe.newBuilder()
                .setName(recipe.name())
                .setDescription(recipe.description())
                .addAllCommand(recipe.command().stream().map(Template::text).toList())
                .setTarget(recipe.target().text())
                .addAllSecrets(recipe.callerSecrets().stream().sorted().toList());
        recipe.parameters().forEach((name, parameter) -> message.addParameters(toMessage(name, parameter)));
        recipe.timeout().ifPresent(time -> message.setTimeout(DeploymentMessages.toMessage(time)));
        recipe.silenceTimeout().ifPresent(time -> message.setSilenceTimeout(DeploymentMessages.toMessage(time)));
        return message.build();
    }

    private static io.deploytail.v1.RecipeParameter toMessage(String name, RecipeParameter parameter) {
        io.deploytail.v1.RecipeParameter.Builder message = io.deploytail.v1.RecipeParameter.newBuilder()
                .setName(name)
                .setDescription(parameter.description())
                .setPattern(parameter.pattern())
                .addAllChoices(parameter.choices())
                .setMaxLength(parameter.maxLength());
        parameter.defaultValue().ifPresent(message::setDefaultValue);
        return message.build();
    }
}
