package io.deploytail.server.process;

import io.deploytail.server.deployment.DeploymentId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;

/** Finds processes in {@code /proc}. */
final class ProcessTable {
    private static final Path PROC = Path.of("/proc");
    private static final long OWN_PID = ProcessHandle.current().pid();

    /** An execve(2) takes well under a millisecond. */
    private static final long EXEC_CHECK_NANOS = 100_000;

    /** So long one scan waits for those, on a host that is very busy or a kernel that never tells what was asked. */
    private static final long EXEC_LIMIT_NANOS = 1_000_000_000;

    private ProcessTable() {}

    /** What the processes of a deployment's command have in their environment. */
    static String mark(DeploymentId id) {
        return DeploymentId.ENVIRONMENT_NAME + "=" + id;
    }

    /** What the processes that record its output have in theirs; {@code run.sh} sets it. */
    static String recorderMark(DeploymentId id) {
        return "DEPLOYTAIL_RECORDER_OF=" + id;
    }

    /**
     * The living processes of a command, but never this one: those in its session, those that carry its mark in their
     * environment wherever they went, and those that are known to be its own. A process that left the session and
     * cleared its environment is not found.
     *
     * @param session the number of the command's session, while that is sure
     * @param mark a {@code NAME=value}
     * @param known what an earlier look has found
     */
    static List<ProcessStat> processesOf(OptionalLong session, String mark, Collection<ProcessIdentity> known) {
        byte[] wanted = mark.getBytes(StandardCharsets.UTF_8);
        long execDeadline = System.nanoTime() + EXEC_LIMIT_NANOS;
        List<ProcessStat> found = new ArrayList<>();
        for (long pid : pids()) {
            ProcessStat.read(pid)
                    .filter(ProcessStat::isAlive)
                    .filter(stat -> session.equals(OptionalLong.of(stat.session()))
                            || known.contains(stat.identity())
                            || hasInEnvironment(stat, wanted, execDeadline))
                    .ifPresent(found::add);
        }
        return found;
    }

    private static List<Long> pids() {
        List<Long> pids = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                long pid = Long.parseLong(entry.getFileName().toString());
                if (pid != OWN_PID) { // a server that was itself started by a deployment carries that one's mark
                    pids.add(pid);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return pids;
    }

    /**
     * A process that becomes another program has no environment for a moment, which is waited for: or a cancel would miss
     * a process that has just been started.
     */
    private static boolean hasInEnvironment(ProcessStat process, byte[] wanted, long execDeadline) {
        Optional<ProcessStat> stat = Optional.of(process);
        while (stat.isPresent()) {
            byte[] environment = ProcFile.read(process.pid(), "environ");
            if (contains(environment, wanted)) {
                return true;
            }
            boolean isWhole = stat.get().environmentBytes().equals(OptionalLong.of(environment.length));
            if (isWhole || System.nanoTime() - execDeadline > 0) {
                return false;
            }
            LockSupport.parkNanos(EXEC_CHECK_NANOS);
            stat = ProcessStat.read(process.pid()).filter(ProcessStat::isAlive);
        }
        return false;
    }

    private static boolean contains(byte[] environment, byte[] wanted) {
        int start = 0;
        while (start < environment.length) {
            int end = start;
            while (end < environment.length && environment[end] != 0) {
                end++;
            }
            if (Arrays.equals(environment, start, end, wanted, 0, wanted.length)) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }
}
