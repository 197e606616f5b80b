package io.deploytail.client.cli;

import io.deploytail.client.DeploytailClient;
import io.deploytail.client.RetryPolicy;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import java.util.function.Function;

/**
 * All that the commands have of the process they run in.
 *
 * @param out standard output, unbuffered: logs and results, nothing else
 * @param err standard error: everything that is said about them
 * @param outIsTerminal whether a person sees {@code out}, so that what a log contains could harm
 * @param errIsTerminal whether a person sees {@code err}, so that a line may be erased again
 * @param environment the environment variables
 * @param clock the time
 * @param interrupts Ctrl-C
 * @param ticks tells when a second has passed
 * @param retryPolicy how to try again, unless the user wants otherwise
 * @param clients begins a client of the server at an address
 */
record CliContext(
        OutputStream out,
        PrintStream err,
        boolean outIsTerminal,
        boolean errIsTerminal,
        Map<String, String> environment,
        Clock clock,
        Interrupts interrupts,
        Ticks ticks,
        RetryPolicy retryPolicy,
        Function<String, DeploytailClient.Builder> clients) {

    /** Writes a line of a result to standard output. */
    void print(String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Says something about the work to the user. */
    void say(String line) {
        err.print(line + "\n");
        err.flush();
    }

    /** How text on standard output is coloured. */
    Colours outColours() {
        return Colours.on(outIsTerminal && coloursWanted());
    }

    /** How text on standard error is coloured. */
    Colours errColours() {
        return Colours.on(errIsTerminal && coloursWanted());
    }

    private boolean coloursWanted() {
        return environment.getOrDefault("NO_COLOR", "").isEmpty();
    }
}
