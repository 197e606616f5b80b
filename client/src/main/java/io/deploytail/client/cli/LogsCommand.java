package io.deploytail.client.cli;

import io.deploytail.client.DeploytailClient;
import io.deploytail.client.LogRequest;
import io.deploytail.client.LogStream;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** Prints a deployment's log. Exits with 0 once it is printed, however the deployment ended. */
@Command(
        name = LogsCommand.NAME,
        description = "Prints a deployment's log and follows it until the deployment ends. Exits with 0 when it is"
                + " printed completely, however the deployment ended.")
final class LogsCommand implements Callable<Integer> {
    static final String NAME = "logs";

    private final DeploytailCommand root;

    @Parameters(paramLabel = "ID", description = "The deployment, or 'latest'.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String id;

    @Option(
            names = {"-f", "--follow"},
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Wait for what is still to come (the default), or stop at the present end.")
    private boolean follow;

    @ArgGroup
    private @Nullable Start start;

    @Mixin
    private final FollowOptions followOptions = new FollowOptions();

    /** Where to begin, if not at the beginning. */
    private static final class Start {
        @Option(
                names = {"-n", "--tail"},
                paramLabel = "LINES",
                converter = Count.class,
                description = "Begin this many lines before the present end.")
        private @Nullable Long tailLines;

        @Option(
                names = "--from-offset",
                paramLabel = "N",
                converter = Count.class,
                description = "Begin after the first N bytes.")
        private @Nullable Long fromOffset;
    }

    /** Reads a number from 0. */
    static final class Count implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            try {
                long number = Long.parseLong(text);
                if (number >= 0) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new TypeConversionException("'" + text + "' is not a number from 0");
        }
    }

    LogsCommand(DeploytailCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        LogWriter writer = followOptions.writer(root.context());
        try (DeploytailClient client = root.connect(followOptions.retryPolicy(root.context()))) {
            String deploymentId = root.resolve(client, id);
            LogFollower follower = new LogFollower(root, deploymentId, startOffset(), writer);
            try (LogStream log = client.follow(request(deploymentId))) {
                follower.follow(log);
                return 0;
            }
        }
    }

    private LogRequest request(String deploymentId) {
        LogRequest request = LogRequest.of(deploymentId);
        if (start != null && start.tailLines != null) {
            request = request.tailLines(start.tailLines);
        }
        if (start != null && start.fromOffset != null) {
            request = request.fromOffset(start.fromOffset);
        }
        return follow ? request : request.withoutFollowing();
    }

    private OptionalLong startOffset() {
        if (start == null) {
            return OptionalLong.of(0);
        }
        return start.fromOffset == null ? OptionalLong.empty() : OptionalLong.of(start.fromOffset);
    }
}
