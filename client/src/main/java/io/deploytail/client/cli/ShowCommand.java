package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import io.deploytail.client.DeploytailClient;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows one deployment. */
@Command(name = ShowCommand.NAME, description = "Shows everything about a deployment but its log.")
final class ShowCommand implements Callable<Integer> {
    static final String NAME = "show";

    private final DeploytailCommand root;

    @Parameters(paramLabel = "ID", description = "The deployment, or 'latest'.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String id;

    @Option(names = "--json", description = "Print it as a line of JSON.")
    private boolean json;

    ShowCommand(DeploytailCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        CliContext context = root.context();
        try (DeploytailClient client = root.connect()) {
            Deployment deployment = root.find(client, id);
            context.print(
                    json
                            ? deployment.toJson()
                            : new DeploymentText(context.clock(), context.outColours()).block(deployment));
            return 0;
        }
    }
}
