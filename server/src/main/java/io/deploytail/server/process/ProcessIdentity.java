package io.deploytail.server.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Names one process for ever, which a pid does not: pids are used again, and start over when the host does.
 *
 * @param bootId names the time since the host started
 * @param startTicks tells processes with the same pid apart
 */
record ProcessIdentity(String bootId, long pid, long startTicks) {
    private static final String CURRENT_BOOT_ID = readBootId();

    /** Reads what a process wrote about itself: the boot id and its stat line. Empty if it has not, or not wholly. */
    static Optional<ProcessIdentity> read(Path file) {
        String[] parts;
        try {
            parts = Files.readString(file, StandardCharsets.ISO_8859_1).split(" ", 2);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (parts.length < 2) {
            return Optional.empty();
        }
        return ProcessStat.parse(parts[1]).map(stat -> new ProcessIdentity(parts[0], stat.pid(), stat.startTicks()));
    }

    /** The process as it is, if it runs now. */
    Optional<ProcessStat> alive() {
        return ProcessStat.read(pid).filter(stat -> stat.isAlive() && isOf(stat));
    }

    /** Sends TERM, if it runs and is ours. */
    void terminate() {
        handle().ifPresent(ProcessHandle::destroy);
    }

    /** Sends KILL, if it runs and is ours. */
    void kill() {
        handle().ifPresent(ProcessHandle::destroyForcibly);
    }

    /** A handle keeps to the process that had the pid when it was made; whether that is this one is asked afterwards. */
    private Optional<ProcessHandle> handle() {
        return ProcessHandle.of(pid).filter(handle -> alive().isPresent());
    }

    /** Whether this names the process that has this stat now. */
    boolean isOf(ProcessStat stat) {
        return stat.pid() == pid && stat.startTicks() == startTicks && bootId.equals(currentBootId());
    }

    /** The boot id of the host as it runs. */
    static String currentBootId() {
        return CURRENT_BOOT_ID;
    }

    private static String readBootId() {
        Path file = Path.of("/proc/sys/kernel/random/boot_id");
        try {
            return Files.readString(file).trim();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + "; is /proc mounted?", e);
        }
    }
}
