package io.deploytail.client.cli;

import io.deploytail.client.RetryPolicy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How {@code run} and {@code logs} show a log. */
final class FollowOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(names = "--timestamps", description = "Begin each line with the time it was read, in UTC.")
    private boolean timestamps;

    @Option(
            names = "--raw",
            description = "On a terminal too, write every byte as it is. Without it, what could take the"
                    + " terminal over is made visible; files and pipes always get every byte.")
    private boolean raw;

    @Option(
            names = "--json",
            description = "Print each message of the stream as a line of JSON. A lost connection is no message; it is"
                    + " told on standard error.")
    private boolean json;

    @Option(
            names = "--reconnect-for",
            paramLabel = "DURATION",
            converter = DurationText.class,
            description = "Give up when the server was gone for this long (default: 5m, but 3s if it was never there).")
    private @Nullable Duration reconnectFor;

    RetryPolicy retryPolicy(CliContext context) {
        RetryPolicy usual = context.retryPolicy();
        return reconnectFor == null
                ? usual
                : usual.withFollowPatience(reconnectFor).withCallPatience(reconnectFor);
    }

    LogWriter writer(CliContext context) {
        if (json && (timestamps || raw)) {
            throw new ParameterException(command.commandLine(), "--json excludes --timestamps and --raw");
        }
        if (json) {
            return new JsonLogWriter(context.out());
        }
        return new TextLogWriter(context.out(), timestamps, context.outIsTerminal() && !raw);
    }
}
