package io.deploytail.server.process;

import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.Run;
import io.deploytail.server.deployment.RunStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A run as its directory and {@code /proc} tell of it. Not thread-safe. */
final class DetachedRun implements Run {
    private static final Logger logger = LoggerFactory.getLogger(DetachedRun.class);

    private static final int MAX_SCANS = 20;
    private static final String CLAIMED_BY_A_SERVER = "by the server";

    private final RunDirectory directory;
    private final String mark;
    private final String recorderMark;
    private final Spool spool;
    private final Instant lastOutput;
    private final DirectoryWatcher.Watch watch;
    private final CommandSession session = new CommandSession();
    private @Nullable Process wrapper;

    /** The command's processes as the last look found them: by pid, so that nearly always parents come before children. */
    private Set<ProcessIdentity> known = Set.of();

    private DetachedRun(
            RunDirectory directory, DeploymentId id, Spool spool, Instant lastOutput, DirectoryWatcher.Watch watch) {
        this.directory = directory;
        this.mark = ProcessTable.mark(id);
        this.recorderMark = ProcessTable.recorderMark(id);
        this.spool = spool;
        this.lastOutput = lastOutput;
        this.watch = watch;
    }

    /**
     * Looks at a run that was prepared.
     *
     * @throws NoSuchFileException if there is no such directory
     */
    static DetachedRun open(RunDirectory directory, DeploymentId id, DirectoryWatcher watcher, Runnable onChange)
            throws IOException {
        Spool spool = Spool.open(directory.path());
        try {
            Instant lastOutput = spool.lastModified();
            return new DetachedRun(directory, id, spool, lastOutput, watchOrGoWithout(directory, watcher, onChange));
        } catch (IOException | RuntimeException | Error e) {
            spool.close();
            throw e;
        }
    }

    /** Says which process was started for it, which may not have claimed the run yet. */
    void startedBy(Process process) {
        wrapper = process;
    }

    /** Without a watch the run is looked at once a second all the same: late, but nothing is lost. */
    private static DirectoryWatcher.Watch watchOrGoWithout(
            RunDirectory directory, DirectoryWatcher watcher, Runnable onChange) {
        try {
            return watcher.watch(directory.path(), onChange);
        } catch (IOException e) {
            logger.warn(
                    "cannot watch {}; its output will be up to a second late (see fs.inotify.max_user_watches)",
                    directory.path(),
                    e);
            return () -> {};
        }
    }

    @Override
    public List<byte[]> secrets() throws IOException {
        try (Stream<String> lines = Files.lines(directory.secrets())) {
            return lines.map(Base64.getDecoder()::decode).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    @Override
    public RunStatus status() {
        boolean outputComplete = Files.exists(directory.outputClosed());
        return new RunStatus(Files.exists(directory.exit()) ? Optional.empty() : exit(), outputComplete);
    }

    private Optional<RunStatus.Exit> exit() {
        String prefix = RunDirectory.EXIT + ".";
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory.path(), prefix + "*")) {
            for (Path file : files) {
                int status = Integer.parseInt(file.getFileName().toString().substring(prefix.length()));
                // The rename sets it.
                FileTime time = (FileTime) Files.getAttribute(file, "unix:ctime");
                return Optional.of(new RunStatus.Exit(status, Files.size(directory.started()) == 0, time.toInstant()));
            }
            return Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isAttended() {
        if (Files.exists(directory.claimed())) {
            return isAlive(directory.claimed());
        }
        return wrapper != null && wrapper.isAlive();
    }

    private static boolean isAlive(Path identity) {
        return ProcessIdentity.read(identity).flatMap(ProcessIdentity::alive).isPresent();
    }

    @Override
    public boolean claim() {
        try {
            Files.createFile(directory.claimed());
            Files.writeString(directory.claimed(), CLAIMED_BY_A_SERVER);
            return true;
        } catch (FileAlreadyExistsException e) {
            return wasClaimedByAServer();
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a wrapper runs the command, or has run it. */
    boolean hasWrapper() {
        return Files.exists(directory.claimed()) && !wasClaimedByAServer();
    }

    /** A wrapper claims with its identity; an empty file is what a power failure may have left of that. */
    private boolean wasClaimedByAServer() {
        try {
            return Files.readString(directory.claimed()).equals(CLAIMED_BY_A_SERVER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long outputEnd() throws IOException {
        return spool.end();
    }

    @Override
    public Instant lastOutput() {
        return lastOutput;
    }

    @Override
    public Optional<LogGap> gapAt(long offset) throws IOException {
        return spool.gapAt(offset);
    }

    @Override
    public byte[] readOutput(long offset, int length) throws IOException {
        return spool.read(offset, length);
    }

    @Override
    public void releaseOutput(long offset) {
        spool.release(offset);
    }

    @Override
    public Recorder recorder() {
        List<ProcessStat> recorders = recorders();
        boolean isWaiting = recorders.stream().anyMatch(process -> writesSegments(process) && process.isAsleep());
        return recorders.isEmpty() ? Recorder.GONE : isWaiting ? Recorder.WAITING : Recorder.WORKING;
    }

    @Override
    public boolean stopRecording() {
        try {
            Files.deleteIfExists(directory.recording());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<ProcessStat> recorders = recorders();
        recorders.stream()
                .filter(this::writesSegments)
                .forEach(process -> process.identity().kill());
        return recorders.stream().allMatch(this::discards);
    }

    /** All that {@code record.sh} consists of at this moment. */
    private List<ProcessStat> recorders() {
        List<ProcessStat> recorders = ProcessTable.processesOf(OptionalLong.empty(), recorderMark, Set.of());
        earlierVersionsCopier().flatMap(ProcessIdentity::alive).ifPresent(recorders::add);
        return recorders;
    }

    private boolean writesSegments(ProcessStat recorder) {
        return recorder.name().equals("dd") || isEarlierVersionsCopier(recorder);
    }

    /** Whether all that it will ever do is to discard what comes. */
    private boolean discards(ProcessStat recorder) {
        return recorder.name().equals("cat") && !isEarlierVersionsCopier(recorder);
    }

    private boolean isEarlierVersionsCopier(ProcessStat recorder) {
        return earlierVersionsCopier().equals(Optional.of(recorder.identity()));
    }

    /** What records a run that was started before there were segments. */
    private Optional<ProcessIdentity> earlierVersionsCopier() {
        return ProcessIdentity.read(directory.copierIdentity());
    }

    @Override
    public int processCount() {
        return processes().size();
    }

    @Override
    public int terminate() {
        List<ProcessStat> processes = processes();
        if (!processes.isEmpty() && Files.exists(directory.unsignalled())) {
            known.forEach(ProcessIdentity::terminate);
            try {
                Files.deleteIfExists(directory.unsignalled());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return processes.size();
    }

    @Override
    public int kill() {
        Set<ProcessIdentity> killed = new HashSet<>();
        List<ProcessStat> processes = processes();
        // A process may start others while it is being looked for: look again until there is nobody new.
        for (int scans = 1; killed.addAll(known) && scans <= MAX_SCANS; scans++) {
            known.forEach(ProcessIdentity::kill);
            processes = processes();
        }
        return processes.size();
    }

    private List<ProcessStat> processes() {
        OptionalLong number = session.number(ProcessIdentity.read(directory.commandIdentity()), known);
        List<ProcessStat> found = ProcessTable.processesOf(number, mark, known);
        known = found.stream().map(ProcessStat::identity).collect(Collectors.toCollection(LinkedHashSet::new));
        return found;
    }

    @Override
    public void close() {
        watch.close();
        spool.close();
    }
}
