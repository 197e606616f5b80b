package io.deploytail.client.cli;

import io.deploytail.client.DeployRequest;
import io.deploytail.client.Deployment;
import io.deploytail.client.DeploytailClient;
import io.deploytail.client.ServerUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What {@code run} and {@code start} ask the server to do. */
final class DeployOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = "--target",
            paramLabel = "TARGET",
            description = "What is deployed. At most one deployment per target runs; others wait in line.")
    private @Nullable String target;

    @Option(
            names = {"-e", "--env"},
            paramLabel = "NAME[=VALUE]",
            description = "A variable for the command; NAME alone takes it from this environment. Repeatable.")
    private List<String> env = new ArrayList<>();

    @Option(
            names = "--secret-env",
            paramLabel = "NAME",
            description =
                    "A variable of this environment for the command, whose value is kept out of the log. Repeatable.")
    private List<String> secretEnv = new ArrayList<>();

    @Option(
            names = {"-C", "--directory"},
            paramLabel = "DIR",
            description = "The directory on the server to start the command in, an absolute path.")
    private @Nullable String directory;

    @Option(
            names = {"-l", "--label"},
            paramLabel = "NAME=VALUE",
            converter = NameValue.Converter.class,
            description = "A label to find the deployment by. Repeatable.")
    private List<NameValue> labels = new ArrayList<>();

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            converter = DurationText.class,
            description = "End the command when it has run for this long: 90s, 10m, 1h30m.")
    private @Nullable Duration timeout;

    @Option(
            names = "--silence-timeout",
            paramLabel = "DURATION",
            converter = DurationText.class,
            description = "End the command when it has written nothing for this long.")
    private @Nullable Duration silenceTimeout;

    @Option(names = "--no-queue", description = "Fail instead of waiting when another deployment holds the target.")
    private boolean noQueue;

    @Option(
            names = "--request-id",
            paramLabel = "ID",
            description = "Makes it safe to repeat: the same id and content is the same deployment.")
    private @Nullable String requestId;

    @Option(
            names = "--recipe",
            paramLabel = "NAME",
            description = "Run what this recipe of the server says, instead of CMD; 'deploytail recipes' lists them.")
    private @Nullable String recipe;

    @Option(
            names = {"-p", "--parameter"},
            paramLabel = "NAME=VALUE",
            converter = NameValue.Converter.class,
            description = "A parameter of the recipe. Repeatable.")
    private List<NameValue> parameters = new ArrayList<>();

    @Parameters(
            arity = "0..*",
            paramLabel = "CMD",
            description = "The program and its arguments, after '--'. No shell expands them.")
    private List<String> words = new ArrayList<>();

    /** Starts what the options ask for. */
    Deployment start(DeploytailClient client, CliContext context) {
        DeployRequest request = toRequest(context);
        Interrupts.Registration interrupt = context.interrupts().onInterrupt(() -> {
            context.say((context.errIsTerminal() ? "\n" : "") // the terminal has just shown ^C
                    + "stopped before the server answered. " + StartUnansweredException.advice(request.requestId()));
            client.close();
        });
        try {
            return client.start(request, warning -> context.say("deploytail: " + Printable.of(warning)));
        } catch (ServerUnavailableException e) {
            throw new StartUnansweredException(e, request.requestId());
        } finally {
            interrupt.close();
        }
    }

    private DeployRequest toRequest(CliContext context) {
        if (recipe == null == words.isEmpty()) {
            throw new ParameterException(
                    command.commandLine(),
                    recipe == null
                            ? "what is to be run? Name a command after '--', or a recipe with --recipe"
                            : "a recipe says what is run; name no command beside it");
        }
        DeployRequest.Builder request = recipe == null ? DeployRequest.builder(words) : DeployRequest.ofRecipe(recipe);
        parameters.forEach(parameter -> request.parameter(parameter.name(), parameter.value()));
        for (String variable : env) {
            addVariable(request, variable, context);
        }
        secretEnv.forEach(name -> request.secretEnv(name, variable("--secret-env", name, context)));
        labels.forEach(label -> request.label(label.name(), label.value()));
        if (target != null) {
            request.target(target);
        }
        if (directory != null) {
            request.workingDirectory(directory);
        }
        if (timeout != null) {
            request.timeout(timeout);
        }
        if (silenceTimeout != null) {
            request.silenceTimeout(silenceTimeout);
        }
        if (noQueue) {
            request.noQueue();
        }
        if (requestId != null) {
            request.requestId(requestId);
        }
        return request.build();
    }

    private void addVariable(DeployRequest.Builder request, String variable, CliContext context) {
        int equals = variable.indexOf('=');
        String name = equals < 0 ? variable : variable.substring(0, equals);
        request.env(name, equals < 0 ? variable("--env", name, context) : variable.substring(equals + 1));
    }

    private String variable(String option, String name, CliContext context) {
        String value = context.environment().get(name);
        if (value == null) {
            throw new ParameterException(
                    command.commandLine(), option + " " + name + ": there is no such variable here");
        }
        return value;
    }
}
