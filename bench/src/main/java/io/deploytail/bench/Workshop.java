package io.deploytail.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Where the benchmark works: the programs it uses, a directory of its own, and what it has started, all of which ends
 * with it. Thread-safe.
 */
final class Workshop implements AutoCloseable {
    private final Path repository;
    private final Path directory;
    private final LinePool pool = LinePool.load();
    private final AtomicInteger names = new AtomicInteger();
    private final Deque<Process> started = new ArrayDeque<>();
    private boolean isClosed;

    private Workshop(Path repository, Path directory) {
        this.repository = repository;
        this.directory = directory;
    }

    /** Opens one in the build output of the repository in this directory. */
    static Workshop open(Path repository) throws IOException {
        Path target = Files.createDirectories(repository.resolve("bench/target"));
        Workshop workshop = new Workshop(repository, Files.createTempDirectory(target, "work-"));
        Runtime.getRuntime().addShutdownHook(new Thread(workshop::close));
        workshop.pool.save(workshop.poolFile());
        return workshop;
    }

    LinePool pool() {
        return pool;
    }

    /** A path in the directory that nobody has used yet. */
    Path newPath(String name) {
        return directory.resolve(name + "-" + names.incrementAndGet());
    }

    Path serverProgram() {
        return repository.resolve("server/bin/deploytail-server");
    }

    Path clientProgram() {
        return repository.resolve("client/bin/deploytail");
    }

    /** The command that writes so many lines, so many a second; 0 is flat out. */
    List<String> generate(long lines, long rate) {
        return List.of(
                repository.resolve("bench/target/generate").toString(),
                poolFile().toString(),
                Long.toString(lines),
                Long.toString(rate));
    }

    /** The same, beginning at this {@link System#nanoTime}. */
    List<String> generate(long lines, long rate, long startNanos) {
        List<String> command = new ArrayList<>(generate(lines, rate));
        command.add(Long.toString(startNanos));
        return command;
    }

    private Path poolFile() {
        return directory.resolve("lines.txt");
    }

    /** What the generator writes flat out. */
    Digest flood(long lines) throws IOException {
        Process process = start(new ProcessBuilder(generate(lines, 0)));
        return Digest.read(process.getInputStream(), Long.MAX_VALUE);
    }

    /** The program that inserts rows into SQLite; empty if it was not built. */
    Optional<Path> insertProgram() {
        return Optional.of(repository.resolve("bench/target/insert")).filter(Files::isExecutable);
    }

    /** A Java program of the benchmark's own, in a process of its own. */
    ProcessBuilder java(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    /**
     * Starts a process that ends with the benchmark at the latest. What it says to standard error is shown, unless the
     * builder says otherwise.
     */
    Process start(ProcessBuilder builder) throws IOException {
        synchronized (started) {
            if (isClosed) {
                throw new IllegalStateException("closed");
            }
            if (builder.redirectError().equals(ProcessBuilder.Redirect.PIPE)) {
                builder.redirectError(ProcessBuilder.Redirect.INHERIT);
            }
            Process process = builder.start();
            started.removeIf(earlier -> !earlier.isAlive());
            started.addLast(process);
            return process;
        }
    }

    /** Ends what was started, and deletes the directory. */
    @Override
    public void close() {
        synchronized (started) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            while (!started.isEmpty()) {
                Process process = started.removeLast();
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                process.onExit().join();
            }
        }
        try {
            delete(directory);
        } catch (IOException e) {
            Console.say("cannot delete %s: %s", directory, e);
        }
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
