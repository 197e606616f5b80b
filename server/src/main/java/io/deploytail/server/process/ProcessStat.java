package io.deploytail.server.process;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The part of {@code /proc/PID/stat} (proc(5)) that tells processes apart.
 *
 * @param session the pid of its session's leader
 * @param startTicks when it started, in clock ticks since the host did
 */
record ProcessStat(long pid, char state, long session, long startTicks) {
    private static final int STATE = 0;
    private static final int SESSION = 3;
    private static final int START_TICKS = 19;

    /** The process with this pid, if there is one. */
    static Optional<ProcessStat> read(long pid) {
        return parse(new String(ProcFile.read(pid, "stat"), StandardCharsets.ISO_8859_1));
    }

    /** Reads a stat line; empty if it is not a whole one. */
    static Optional<ProcessStat> parse(String line) {
        // The second field is the program's name in parentheses, which may hold spaces and parentheses itself.
        int nameStart = line.indexOf(" (");
        int nameEnd = line.lastIndexOf(") ");
        if (nameStart < 0 || nameEnd < nameStart) {
            return Optional.empty();
        }
        String[] fields = line.substring(nameEnd + 2).split(" ", -1);
        if (fields.length <= START_TICKS) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ProcessStat(
                    Long.parseLong(line.substring(0, nameStart)),
                    fields[STATE].charAt(0),
                    Long.parseLong(fields[SESSION]),
                    Long.parseLong(fields[START_TICKS])));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Whether it has ended and only waits for its parent to notice. */
    boolean isZombie() {
        return state == 'Z' || state == 'X';
    }

    /** Ends it, if it is there and ours. */
    void kill() {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    /** What tells it from every other process. */
    ProcessIdentity identity() {
        return new ProcessIdentity(ProcessIdentity.currentBootId(), pid, startTicks);
    }
}
