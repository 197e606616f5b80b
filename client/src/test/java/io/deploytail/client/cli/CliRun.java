package io.deploytail.client.cli;

import io.deploytail.client.DeploytailClient;
import io.deploytail.client.FakeServer;
import io.deploytail.client.RetryPolicy;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The {@code deploytail} command in this process, with a fake server and everything it says kept. */
final class CliRun implements AutoCloseable {
    final FakeServer server = new FakeServer();
    final Map<String, String> environment = new HashMap<>();
    final List<String> addresses = new ArrayList<>();
    /** What Ctrl-C would run, since the start of each following. */
    final BlockingQueue<Runnable> interrupts = new LinkedBlockingQueue<>();

    /** What each second would run. */
    final BlockingQueue<Runnable> ticks = new LinkedBlockingQueue<>();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private OutputStream standardOut = out;
    private boolean outIsTerminal;
    private boolean errIsTerminal;
    private boolean connectsForReal;
    private RetryPolicy retryPolicy = FakeServer.QUICK;

    CliRun onTerminal() {
        outIsTerminal = true;
        errIsTerminal = true;
        return this;
    }

    CliRun withErrorsOnTerminal() {
        errIsTerminal = true;
        return this;
    }

    CliRun impatient() {
        retryPolicy = FakeServer.QUICK.withCallPatience(Duration.ZERO).withFollowPatience(Duration.ZERO);
        return this;
    }

    CliRun writingTo(OutputStream stream) {
        standardOut = stream;
        return this;
    }

    /** Connects to the address that is named, instead of to the fake server. */
    CliRun connectingForReal() {
        connectsForReal = true;
        return this;
    }

    int execute(String... args) {
        CliContext context = new CliContext(
                standardOut,
                new PrintStream(err, false, StandardCharsets.UTF_8),
                outIsTerminal,
                errIsTerminal,
                environment,
                Clock.fixed(Instant.ofEpochSecond(1_700_000_100), ZoneOffset.UTC),
                action -> {
                    interrupts.add(action);
                    return () -> interrupts.remove(action);
                },
                action -> {
                    ticks.add(action);
                    return () -> ticks.remove(action);
                },
                retryPolicy,
                address -> {
                    addresses.add(address);
                    return connectsForReal ? DeploytailClient.builder(address) : server.clientBuilder();
                });
        return DeploytailCommand.execute(context, args);
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    byte[] outBytes() {
        return out.toByteArray();
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.close();
    }
}
