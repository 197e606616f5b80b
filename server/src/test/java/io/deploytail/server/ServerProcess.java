package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The server as a process of its own, which can be killed. */
final class ServerProcess implements ServerCalls, AutoCloseable {
    private static final String READY = "deploytail-server ready on ";

    private final Process process;
    private final Thread reader;
    private final BlockingQueue<String> lines;
    private final ManagedChannel channel;
    private final String address;

    private ServerProcess(Process process, Thread reader, BlockingQueue<String> lines, String address) {
        this.process = process;
        this.reader = reader;
        this.lines = lines;
        this.address = address;
        this.channel = TestServer.connect(address);
    }

    /** Starts it and does not wait until it is ready. */
    static Process launch(Path dataDir, String... options) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "io.deploytail.server.Main",
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
                dataDir.toString()));
        line.addAll(List.of(options));
        return new ProcessBuilder(line)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    static ServerProcess start(Path dataDir, String... options) throws IOException, InterruptedException {
        Process process = launch(dataDir, options);
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        Thread reader = new Thread(
                () -> process.inputReader(StandardCharsets.UTF_8).lines().forEach(lines::add));
        reader.start();
        String ready = lines.poll(60, TimeUnit.SECONDS);
        if (ready == null || !ready.startsWith(READY)) {
            process.destroyForcibly();
            throw new AssertionError("not ready within 60 s, but said: " + ready);
        }
        return new ServerProcess(process, reader, lines, ready.substring(READY.length()));
    }

    String address() {
        return address;
    }

    long pid() {
        return process.pid();
    }

    @Override
    public ManagedChannel channel() {
        return channel;
    }

    /** Ends it as a crash would. */
    void kill() {
        process.toHandle().destroyForcibly();
        awaitExit();
    }

    /** Ends it as an operator would, and returns its exit code. */
    int terminate() {
        process.toHandle().destroy(); // process.destroy() would also close what we read
        awaitExit();
        return process.exitValue();
    }

    /** Waits until it ends, or for so long. */
    void awaitExit(long milliseconds) throws InterruptedException {
        process.waitFor(milliseconds, TimeUnit.MILLISECONDS);
    }

    private void awaitExit() {
        try {
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What it printed on standard output after it was ready; to be called when it has ended. */
    String output() throws InterruptedException {
        reader.join();
        return String.join("\n", lines);
    }

    @Override
    public void close() {
        TestServer.disconnect(channel);
        kill();
    }
}
