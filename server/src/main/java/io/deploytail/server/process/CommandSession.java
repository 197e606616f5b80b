package io.deploytail.server.process;

import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The session that a command leads. Its number is that of the command's process, and for as long as it has a member no
 * other process or session gets that number; after that any may. So the number counts only while the command or another
 * member is seen, and for the moment in which no number comes round again. Not thread-safe.
 */
final class CommandSession {
    private static final Duration MOMENT = Duration.ofSeconds(3);

    private boolean wasSeen;
    private long seenNanos;

    /**
     * The number to find members by; empty if there is none that can be trusted.
     *
     * @param leader the command itself, once it is known
     * @param known processes of the command, members or not, that may have ended
     */
    OptionalLong number(Optional<ProcessIdentity> leader, Collection<ProcessIdentity> known) {
        if (leader.isEmpty()) {
            return OptionalLong.empty();
        }
        long number = leader.get().pid();
        if (isThere(leader.get()) || known.stream().anyMatch(process -> isMember(process, number))) {
            wasSeen = true;
            seenNanos = System.nanoTime();
        }
        boolean isTrusted = wasSeen && System.nanoTime() - seenNanos < MOMENT.toNanos();
        return isTrusted ? OptionalLong.of(number) : OptionalLong.empty();
    }

    /** Also as a zombie. */
    private static boolean isThere(ProcessIdentity leader) {
        return ProcessStat.read(leader.pid()).filter(leader::isOf).isPresent();
    }

    private static boolean isMember(ProcessIdentity process, long number) {
        return process.alive().filter(stat -> stat.session() == number).isPresent();
    }
}
