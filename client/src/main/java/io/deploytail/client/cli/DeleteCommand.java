package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import io.deploytail.client.DeploymentNotFoundException;
import io.deploytail.client.DeploytailClient;
import io.deploytail.client.RequestRefusedException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Deletes deployments. */
@Command(
        name = DeleteCommand.NAME,
        description =
                "Deletes deployments that have ended, with their logs, for good. Asks nothing. Those that can't be"
                        + " deleted do not keep it from the others.")
final class DeleteCommand implements Callable<Integer> {
    static final String NAME = "delete";

    private final DeploytailCommand root;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Parameters(paramLabel = "ID", arity = "1..*", description = "The deployments; not 'latest'.")
    private List<String> ids = List.of();

    @Option(names = "--json", description = "Print each deployment, as it was, as a line of JSON.")
    private boolean json;

    DeleteCommand(DeploytailCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        if (ids.contains(DeploytailCommand.LATEST)) {
            throw new ParameterException(
                    spec.commandLine(), "name what to delete by its id: the latest may be another one by now");
        }
        CliErrors errors = new CliErrors(root);
        int exitCode = 0;
        try (DeploytailClient client = root.connect()) {
            for (String id : ids) {
                try {
                    tell(client.delete(id));
                } catch (DeploymentNotFoundException | RequestRefusedException e) {
                    int code = errors.callFailed(e);
                    exitCode = exitCode == 0 ? code : exitCode;
                }
            }
        }
        return exitCode;
    }

    private void tell(Deployment deleted) throws IOException {
        CliContext context = root.context();
        if (json) {
            context.print(deleted.toJson());
        } else {
            context.say("deleted " + new DeploymentText(context.clock(), context.errColours()).summary(deleted));
        }
    }
}
