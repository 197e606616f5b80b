package io.deploytail.server.process;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The part of {@code /proc/PID/stat} (proc(5)) that tells processes apart.
 *
 * @param name the program's name, of which the kernel keeps 15 bytes
 * @param session the pid of its session's leader
 * @param startTicks when it started, in clock ticks since the host did
 * @param memoryBytes none for the kernel's own threads and for what is about to be a zombie
 * @param environmentBytes how much {@code /proc/PID/environ} has; empty in the middle of {@code execve(2)}
 */
record ProcessStat(
        long pid,
        String name,
        char state,
        long session,
        long startTicks,
        long memoryBytes,
        OptionalLong environmentBytes) {
    private static final int STATE = 0;
    private static final int SESSION = 3;
    private static final int START_TICKS = 19;
    private static final int MEMORY_BYTES = 20;
    private static final int CODE_START = 23;
    private static final int ENVIRONMENT_START = 47;
    private static final int ENVIRONMENT_END = 48;

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
        if (fields.length <= ENVIRONMENT_END) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ProcessStat(
                    Long.parseLong(line.substring(0, nameStart)),
                    line.substring(nameStart + 2, nameEnd),
                    fields[STATE].charAt(0),
                    Long.parseLong(fields[SESSION]),
                    Long.parseLong(fields[START_TICKS]),
                    Long.parseUnsignedLong(fields[MEMORY_BYTES]),
                    environmentBytes(fields)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static OptionalLong environmentBytes(String[] fields) {
        if (fields[CODE_START].equals("0")) {
            return OptionalLong.empty(); // execve sets the place of the code last
        }
        return OptionalLong.of(
                Long.parseUnsignedLong(fields[ENVIRONMENT_END]) - Long.parseUnsignedLong(fields[ENVIRONMENT_START]));
    }

    /** Whether it runs a program: one that has ended may only wait for its parent to notice, and the kernel has threads. */
    boolean isAlive() {
        return state != 'Z' && state != 'X' && memoryBytes > 0;
    }

    /** Whether it waits for something other than the disk. */
    boolean isAsleep() {
        return state == 'S';
    }

    /** What tells it from every other process. */
    ProcessIdentity identity() {
        return new ProcessIdentity(ProcessIdentity.currentBootId(), pid, startTicks);
    }
}
