package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import io.deploytail.client.DeploytailClient;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts a deployment and prints its id. */
@Command(
        name = StartCommand.NAME,
        description = "Starts a command on the server and prints the deployment's id, without waiting for it.",
        customSynopsis =
                "deploytail start [OPTIONS] -- CMD...%n   or: deploytail start [OPTIONS] --recipe NAME [-p NAME=VALUE]...")
final class StartCommand implements Callable<Integer> {
    static final String NAME = "start";

    private final DeploytailCommand root;

    @Mixin
    private final DeployOptions deployOptions = new DeployOptions();

    @Option(names = "--json", description = "Print the deployment as a line of JSON instead.")
    private boolean json;

    StartCommand(DeploytailCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        try (DeploytailClient client = root.connect()) {
            Deployment deployment = deployOptions.start(client, root.context());
            root.context().print(json ? deployment.toJson() : deployment.id());
            return 0;
        }
    }
}
