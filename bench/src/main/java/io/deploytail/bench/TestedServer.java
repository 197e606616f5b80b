package io.deploytail.bench;

import io.deploytail.client.DeployRequest;
import io.deploytail.client.Deployment;
import io.deploytail.client.DeploytailClient;
import io.deploytail.client.LogEvent;
import io.deploytail.client.LogRequest;
import io.deploytail.client.LogStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A Deploytail server in a process of its own, and a client of it. */
final class TestedServer implements AutoCloseable {
    private static final int STOP_SECONDS = 30;
    private static final String READY = "deploytail-server ready on ";
    private static final String WEB_PAGE = "web page on ";

    private final Process process;
    private final Path dataDirectory;
    private final String address;
    private final Optional<String> webPage;
    private final DeploytailClient client;

    private TestedServer(Process process, Path dataDirectory, String address, Optional<String> webPage) {
        this.process = process;
        this.dataDirectory = dataDirectory;
        this.address = address;
        this.webPage = webPage;
        this.client = DeploytailClient.connect(address);
    }

    /** Starts one with a new data directory. */
    static TestedServer start(Workshop workshop, String... options) throws IOException {
        return start(workshop, workshop.newPath("data"), options);
    }

    static TestedServer start(Workshop workshop, Path dataDirectory, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                workshop.serverProgram().toString(),
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
                dataDirectory.toString()));
        command.addAll(List.of(options));
        Process process = workshop.start(new ProcessBuilder(command));
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        if (line == null || !line.startsWith(READY)) {
            throw new IOException("the server did not start: " + line);
        }
        Optional<String> webPage = Optional.empty();
        if (command.contains("--web")) {
            webPage = Optional.ofNullable(out.readLine()).map(said -> said.substring(WEB_PAGE.length()));
        }
        return new TestedServer(process, dataDirectory, line.substring(READY.length()), webPage);
    }

    long pid() {
        return process.pid();
    }

    String address() {
        return address;
    }

    /** The address of the web page, with a slash at its end; only with {@code --web}. */
    String webPage() {
        return webPage.orElseThrow();
    }

    Path database() {
        return dataDirectory.resolve("deploytail.db");
    }

    DeploytailClient client() {
        return client;
    }

    /** Starts a command, and returns the deployment's id. */
    String start(List<String> command) {
        return client.start(DeployRequest.builder(command).build()).id();
    }

    /** Waits until a deployment has ended, without taking its log. */
    Deployment awaitEnd(String id) throws InterruptedException {
        try (LogStream log = client.follow(LogRequest.of(id).tailLines(0))) {
            while (true) {
                if (log.next() instanceof LogEvent.End end) {
                    return end.deployment();
                }
            }
        }
    }

    /** Takes the rest of a log, and returns its end, by which the client knows that it has all. */
    Deployment follow(String id) throws IOException, InterruptedException {
        try (LogStream log = client.follow(id)) {
            return log.writeTo(OutputStream.nullOutputStream()).deployment();
        }
    }

    /** How much disk the database takes, with its write-ahead log. */
    long diskBytes() throws IOException {
        long bytes = 0;
        for (String suffix : List.of("", "-wal")) {
            Path file = Path.of(database() + suffix);
            bytes += Files.exists(file) ? Files.size(file) : 0;
        }
        return bytes;
    }

    /** Stops the server, and keeps its data. */
    void stop() {
        client.close();
        process.destroy();
        process.onExit().orTimeout(STOP_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Stops the server, and deletes its data. */
    @Override
    public void close() throws IOException {
        stop();
        Workshop.delete(dataDirectory);
    }
}
