package io.deploytail.client.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;

/** Prints a script that teaches a shell to complete this command. */
@Command(
        name = CompletionCommand.NAME,
        description = "Prints a script for bash and zsh to source, which completes this command's words.")
final class CompletionCommand implements Callable<Integer> {
    static final String NAME = "completion";

    private final DeploytailCommand root;

    CompletionCommand(DeploytailCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        root.context().print(AutoComplete.bash("deploytail", root.commandLine()));
        return 0;
    }
}
