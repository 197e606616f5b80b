package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import io.deploytail.client.DeploytailClient;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Cancels a deployment. */
@Command(
        name = CancelCommand.NAME,
        description = "Ends a deployment and every process of it. Does not wait for their end; 'logs' does.")
final class CancelCommand implements Callable<Integer> {
    static final String NAME = "cancel";

    private final DeploytailCommand root;

    @Parameters(paramLabel = "ID", description = "The deployment, or 'latest'.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String id;

    @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "", description = "Why, for whoever asks later.")
    private String reason = "";

    @Option(names = "--json", description = "Print the deployment as a line of JSON.")
    private boolean json;

    CancelCommand(DeploytailCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        CliContext context = root.context();
        try (DeploytailClient client = root.connect()) {
            Deployment deployment = client.cancel(root.resolve(client, id), reason);
            if (json) {
                context.print(deployment.toJson());
            } else if (deployment.hasEnded()) {
                context.say(new DeploymentText(context.clock(), context.errColours()).summary(deployment));
            } else {
                context.say("deployment " + Printable.of(deployment.id()) + " is being cancelled");
            }
            return 0;
        }
    }
}
