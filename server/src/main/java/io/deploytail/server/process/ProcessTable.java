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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Finds processes in {@code /proc}. */
final class ProcessTable {
    private static final Path PROC = Path.of("/proc");
    private static final long OWN_PID = ProcessHandle.current().pid();

    private static final int EXEC_CHECKS = 1000;
    private static final long EXEC_CHECK_NANOS = 100_000;

    private ProcessTable() {}

    /** What the processes of a deployment have in their environment. */
    static String mark(DeploymentId id) {
        return DeploymentId.ENVIRONMENT_NAME + "=" + id;
    }

    /**
     * The living processes of a command, but never this one: those in its session, and those that carry its mark in
     * their environment wherever they went. A process that left the session and cleared its environment is not found.
     *
     * @param leader the command itself, once it is known
     * @param mark a {@code NAME=value}
     */
    static List<ProcessStat> processesOf(Optional<ProcessIdentity> leader, String mark) {
        byte[] wanted = mark.getBytes(StandardCharsets.UTF_8);
        Optional<Long> session = leader.flatMap(ProcessTable::session);
        List<ProcessStat> found = new ArrayList<>();
        for (long pid : pids()) {
            ProcessStat.read(pid)
                    .filter(stat -> !stat.isZombie())
                    .filter(stat ->
                            session.filter(id -> id == stat.session()).isPresent() || hasInEnvironment(stat, wanted))
                    .ifPresent(found::add);
        }
        return found;
    }

    /**
     * The number of the session that this process leads or has led. A pid is not used again while a session has it as
     * its number; so if another process has this one's pid, the session is over.
     */
    private static Optional<Long> session(ProcessIdentity leader) {
        boolean fromThisBoot = leader.bootId().equals(ProcessIdentity.currentBootId());
        boolean pidIsUsedAgain = ProcessStat.read(leader.pid())
                .filter(stat -> !leader.isOf(stat))
                .isPresent();
        return fromThisBoot && !pidIsUsedAgain ? Optional.of(leader.pid()) : Optional.empty();
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
    private static boolean hasInEnvironment(ProcessStat process, byte[] wanted) {
        Optional<ProcessStat> stat = Optional.of(process);
        for (int check = 0; check < EXEC_CHECKS && stat.isPresent(); check++) {
            byte[] environment = ProcFile.read(process.pid(), "environ");
            if (contains(environment, wanted)) {
                return true;
            }
            if (environment.length == stat.get().environmentBytes()) {
                return false;
            }
            LockSupport.parkNanos(EXEC_CHECK_NANOS);
            stat = ProcessStat.read(process.pid());
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
