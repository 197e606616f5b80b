package io.deploytail.bench;

import io.deploytail.client.DeployRequest;
import io.deploytail.client.DeploytailClient;
import io.deploytail.client.LogStream;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A client in a process of its own that goes on from one deployment to the next, as a service that calls Deploytail
 * does: what it runs, it follows, and prints.
 */
final class WarmClient implements AutoCloseable {
    private final Process process;
    private final BufferedWriter commands;

    private WarmClient(Process process) {
        this.process = process;
        this.commands = process.outputWriter(StandardCharsets.UTF_8);
    }

    static WarmClient start(Workshop workshop, TestedServer server) throws IOException {
        return new WarmClient(workshop.start(workshop.java(WarmClient.class, server.address())));
    }

    /** Has it run a command, and returns what it prints, which does not end. */
    InputStream run(List<String> command) throws IOException {
        commands.write(String.join("\t", command));
        commands.newLine();
        commands.flush();
        return process.getInputStream();
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Reads commands, their arguments separated by tabs, a line each. */
    public static void main(String[] arguments) throws Exception {
        try (DeploytailClient client = DeploytailClient.connect(arguments[0]);
                FileOutputStream out = new FileOutputStream(FileDescriptor.out);
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            String line = in.readLine();
            while (line != null) {
                String id = client.start(DeployRequest.builder(List.of(line.split("\t", -1)))
                                .build())
                        .id();
                try (LogStream log = client.follow(id)) {
                    log.writeTo(out);
                }
                line = in.readLine();
            }
        }
    }
}
