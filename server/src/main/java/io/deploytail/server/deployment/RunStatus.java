package io.deploytail.server.deployment;

import java.time.Instant;
import java.util.Optional;

/**
 * How far a run has come. Once a part of it is there it stays.
 *
 * @param exit how the command ended, once it has
 * @param outputComplete whether the output has come to its end
 */
public record RunStatus(Optional<Exit> exit, boolean outputComplete) {
    /**
     * The end of a command.
     *
     * @param status what a shell reports as {@code $?}
     * @param failedToStart whether the command itself never ran; then the status is the shell's
     * @param time when it ended
     */
    public record Exit(int status, boolean failedToStart, Instant time) {}
}
