package io.deploytail.server.process;

import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.Run;
import io.deploytail.server.deployment.RunStatus;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
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
    private final FileChannel output;
    private final Instant lastOutput;
    private final DirectoryWatcher.Watch watch;
    private final HolePuncher spool;
    private final CommandSession session = new CommandSession();
    private @Nullable Process wrapper;

    /** The command's processes as the last look found them: by pid, so that nearly always parents come before children. */
    private Set<ProcessIdentity> known = Set.of();

    private DetachedRun(
            RunDirectory directory,
            DeploymentId id,
            FileChannel output,
            Instant lastOutput,
            DirectoryWatcher.Watch watch) {
        this.directory = directory;
        this.mark = ProcessTable.mark(id);
        this.output = output;
        this.lastOutput = lastOutput;
        this.watch = watch;
        this.spool = new HolePuncher(directory.output());
    }

    /**
     * Looks at a run that was prepared.
     *
     * @throws IOException if the directory is not that of a run
     */
    static DetachedRun open(RunDirectory directory, DeploymentId id, DirectoryWatcher watcher, Runnable onChange)
            throws IOException {
        Instant lastOutput = Files.getLastModifiedTime(directory.output()).toInstant();
        FileChannel output = FileChannel.open(directory.output(), StandardOpenOption.READ);
        try {
            return new DetachedRun(directory, id, output, lastOutput, watchOrGoWithout(directory, watcher, onChange));
        } catch (RuntimeException | Error e) {
            output.close();
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
    public RunStatus status() {
        boolean outputComplete = Files.exists(directory.outputClosed());
        boolean recordingFailed = !Files.exists(directory.recording());
        return new RunStatus(
                Files.exists(directory.exit()) ? Optional.empty() : exit(), outputComplete, recordingFailed);
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
        return output.size();
    }

    @Override
    public Instant lastOutput() {
        return lastOutput;
    }

    @Override
    public Optional<LogGap> gapAt(long offset) {
        return Optional.empty();
    }

    @Override
    public byte[] readOutput(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (output.read(bytes, offset + bytes.position()) < 0) {
                throw new EOFException(directory.output() + " ends before byte " + (offset + length));
            }
        }
        return bytes.array();
    }

    @Override
    public void releaseOutput(long offset) {
        spool.punchUpTo(offset);
    }

    @Override
    public Recorder recorder() {
        return copier().map(process -> process.isAsleep() ? Recorder.WAITING : Recorder.WORKING)
                .orElse(Recorder.GONE);
    }

    @Override
    public boolean stopRecording() {
        Optional<ProcessStat> copier = copier();
        copier.ifPresent(process -> process.identity().kill());
        return copier.isEmpty();
    }

    private Optional<ProcessStat> copier() {
        return ProcessIdentity.read(directory.copierIdentity()).flatMap(ProcessIdentity::alive);
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
        try {
            output.close();
        } catch (IOException e) {
            logger.warn("cannot close {}", directory.output(), e);
        }
    }
}
