package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import io.deploytail.client.DeploytailClient;
import io.deploytail.client.LogStream;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Starts a deployment, prints its log, and ends as its command did. */
@Command(
        name = RunCommand.NAME,
        description = "Starts a command on the server, prints its output while it is written, and exits with its"
                + " exit code. Ctrl-C stops the printing, not the command.",
        customSynopsis =
                "deploytail run [OPTIONS] -- CMD...%n   or: deploytail run [OPTIONS] --recipe NAME [-p NAME=VALUE]...")
final class RunCommand implements Callable<Integer> {
    static final String NAME = "run";

    private final DeploytailCommand root;

    @Mixin
    private final DeployOptions deployOptions = new DeployOptions();

    @Mixin
    private final FollowOptions followOptions = new FollowOptions();

    RunCommand(DeploytailCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        LogWriter writer = followOptions.writer(root.context());
        try (DeploytailClient client = root.connect(followOptions.retryPolicy(root.context()))) {
            Deployment deployment = deployOptions.start(client, root.context());
            LogFollower follower = new LogFollower(root, deployment.id(), OptionalLong.of(0), writer);
            follower.announce(deployment);
            try (LogStream log = client.follow(deployment.id())) {
                return ExitCode.ofEnded(follower.follow(log));
            }
        }
    }
}
