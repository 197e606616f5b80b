package io.deploytail.server.process;

import io.deploytail.server.deployment.CommandLauncher;
import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.Run;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts each command through small shell scripts, {@code run.sh} and {@code record.sh}, in a directory of its own under
 * one folder. From then on they only share that directory: the server can go away at any time and find the run again by
 * it.
 *
 * <p>Directories are 0700, and so is what is in them out of others' reach: a command's environment is written there.
 */
public final class DetachedLauncher implements CommandLauncher, Closeable {
    static final Redirect DEV_NULL = Redirect.from(new File("/dev/null"));

    /** Room for four segments as large as {@code record.sh} ever makes them. */
    public static final long MIN_SPOOL_LIMIT = 64 << 20;

    /** What a recorder wants to have before it goes on, {@code record.sh} says. */
    private static final long LEAST_ROOM = 1 << 20;

    private static final Logger logger = LoggerFactory.getLogger(DetachedLauncher.class);
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private final Path runs;
    private final long spoolLimit;
    private final boolean outlivesPowerCut;
    private final String wrapperScript;
    private final String recordScript;
    private final Map<String, String> environment;
    private final DirectoryWatcher watcher;

    private DetachedLauncher(
            Path runs,
            long spoolLimit,
            boolean outlivesPowerCut,
            String wrapperScript,
            String recordScript,
            Map<String, String> environment,
            DirectoryWatcher watcher) {
        this.runs = runs;
        this.spoolLimit = spoolLimit;
        this.outlivesPowerCut = outlivesPowerCut;
        this.wrapperScript = wrapperScript;
        this.recordScript = recordScript;
        this.environment = environment;
        this.watcher = watcher;
    }

    /**
     * Keeps its run directories in this folder, which it creates if need be.
     *
     * @param spoolLimit how many bytes of one run's output may wait to be committed; at least {@link #MIN_SPOOL_LIMIT}
     * @param outlivesPowerCut whether what is prepared is on the disk for good before it is recorded
     */
    public static DetachedLauncher open(Path runs, long spoolLimit, boolean outlivesPowerCut) throws IOException {
        if (spoolLimit < MIN_SPOOL_LIMIT) {
            throw new IllegalArgumentException("bad spool limit: " + spoolLimit);
        }
        Path folder = runs.toAbsolutePath().normalize();
        Files.createDirectories(folder, OWNER_ONLY_DIRECTORY);
        Map<String, String> environment = Map.of(
                "HOME", System.getProperty("user.home"),
                "USER", System.getProperty("user.name"),
                "PATH", System.getenv().getOrDefault("PATH", DEFAULT_PATH),
                "LANG", "C.UTF-8");
        return new DetachedLauncher(
                folder,
                spoolLimit,
                outlivesPowerCut,
                readScript("run.sh"),
                readScript("record.sh"),
                environment,
                DirectoryWatcher.start(folder));
    }

    private static String readScript(String name) throws IOException {
        try (InputStream script = DetachedLauncher.class.getResourceAsStream(name)) {
            if (script == null) {
                throw new IOException(name + " is missing from the server's jar");
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Override
    public boolean hasRoom() {
        try {
            // Nothing less than a change tells whether a file system that has found an error takes any.
            Files.setLastModifiedTime(runs, FileTime.from(Instant.now()));
        } catch (IOException e) {
            return false;
        }
        File folder = runs.toFile();
        boolean isSizeKnown = folder.getTotalSpace() > 0; // some file systems have none
        return !isSizeKnown || folder.getUsableSpace() >= LEAST_ROOM;
    }

    @Override
    public void prepare(DeploymentId id, DeployRequest request, String workingDirectory) throws IOException {
        RunDirectory directory = directory(id);
        Files.createDirectory(directory.path(), OWNER_ONLY_DIRECTORY);
        try {
            write(directory.wrapperScript(), wrapperScript);
            write(directory.commandScript(), CommandScript.of(id, request, workingDirectory, directory.started()));
            write(directory.recordScript(), recordScript);
            if (!request.secretEnv().isEmpty()) {
                write(directory.secrets(), encoded(request.secretEnv().values()));
            }
            Files.createFile(directory.firstSegment(), OWNER_ONLY_FILE);
            Files.createFile(directory.spare(), OWNER_ONLY_FILE);
            Files.createFile(directory.recording(), OWNER_ONLY_FILE);
            write(directory.unrecorded(), "emptied as soon as a recorder is there\n");
            Files.createFile(directory.outputOpen(), OWNER_ONLY_FILE);
            Files.createFile(directory.exit(), OWNER_ONLY_FILE);
            Files.createFile(directory.unsignalled(), OWNER_ONLY_FILE);
            write(directory.started(), "emptied if the command could not be started\n");
            if (outlivesPowerCut) {
                flush(directory.path());
            }
        } catch (IOException e) {
            discard(id);
            throw e;
        }
    }

    private static String encoded(Collection<String> values) {
        return values.stream()
                .map(value -> Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)) + "\n")
                .collect(Collectors.joining());
    }

    private static void write(Path file, String text) throws IOException {
        Files.createFile(file, OWNER_ONLY_FILE);
        Files.writeString(file, text);
    }

    /** Waits until the disk has a directory, its files, and its own name for good. */
    private void flush(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                force(file);
            }
        }
        force(directory);
        force(runs);
    }

    private static void force(Path fileOrDirectory) throws IOException {
        try (FileChannel channel = FileChannel.open(fileOrDirectory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public Run launch(DeploymentId id, Runnable onChange) throws IOException {
        RunDirectory directory = directory(id);
        DetachedRun run = DetachedRun.open(directory, id, watcher, onChange);
        try {
            if (!run.hasWrapper()) { // or the database is a copy from before it was launched
                run.startedBy(start(directory, id));
            }
            return run;
        } catch (IOException | RuntimeException | Error e) {
            run.close();
            throw e;
        }
    }

    private Process start(RunDirectory directory, DeploymentId id) throws IOException {
        ProcessBuilder wrapper = new ProcessBuilder(List.of(
                        "setsid",
                        "sh",
                        directory.wrapperScript().toString(),
                        directory.path().toString(),
                        id.text(),
                        Long.toString(spoolLimit)))
                .redirectInput(DEV_NULL)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD);
        wrapper.environment().clear();
        wrapper.environment().putAll(environment);
        return wrapper.start();
    }

    @Override
    public Run adopt(DeploymentId id, Runnable onChange) throws IOException {
        return DetachedRun.open(directory(id), id, watcher, onChange);
    }

    @Override
    public boolean hasProcesses(DeploymentId id) {
        return !marked(id).isEmpty();
    }

    @Override
    public void kill(DeploymentId id) {
        marked(id).forEach(process -> process.identity().kill());
    }

    private static List<ProcessStat> marked(DeploymentId id) {
        return ProcessTable.processesOf(OptionalLong.empty(), ProcessTable.mark(id), Set.of());
    }

    @Override
    public void discard(DeploymentId id) {
        delete(directory(id));
    }

    @Override
    public void discardAllBut(Set<DeploymentId> ids) {
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(runs)) {
            for (Path directory : directories) {
                String name = directory.getFileName().toString();
                if (DeploymentId.isValid(name) && !ids.contains(new DeploymentId(name))) {
                    delete(new RunDirectory(directory));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RunDirectory directory(DeploymentId id) {
        return new RunDirectory(runs.resolve(id.text()));
    }

    private static void delete(RunDirectory directory) {
        Path root = directory.path();
        try {
            // First: a wrapper that comes late must find no command when it no longer finds the run claimed.
            Files.deleteIfExists(directory.commandScript());
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            logger.warn("cannot delete {}; it will be tried again at the next start", root, e);
        }
    }

    /** Stops watching. Commands go on. */
    @Override
    public void close() throws IOException {
        watcher.close();
    }
}
