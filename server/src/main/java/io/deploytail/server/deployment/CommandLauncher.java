package io.deploytail.server.deployment;

import java.io.IOException;
import java.util.Set;

/**
 * Starts commands so that they go on without the server, and finds them again.
 *
 * <p>Nothing runs twice: a command can start only while nobody else has claimed its run, and {@link Run#claim} takes
 * that away for good.
 *
 * <p>Thread-safe for different ids.
 */
public interface CommandLauncher {
    /** Whether there is a place for what a command writes. While there is none it would be lost. */
    boolean hasRoom();

    /**
     * Writes down what {@link #launch} needs, so that the environment's values are kept with the run and nowhere else.
     *
     * @throws IOException if it can't be written; then nothing is left of it
     */
    void prepare(DeploymentId id, DeployRequest request, String workingDirectory) throws IOException;

    /**
     * Starts what was prepared and returns at once. A command that can't be started shows in {@link Run#status}.
     *
     * @param onChange is run, on any thread and more often than needed, when {@link Run#status} or its output may have
     *     changed; it may take its time
     * @throws IOException if not even the attempt was possible
     */
    Run launch(DeploymentId id, Runnable onChange) throws IOException;

    /**
     * Takes up a run that was launched before, by this server or one before it.
     *
     * @param onChange as in {@link #launch}
     * @throws java.nio.file.NoSuchFileException if nothing is left of it
     * @throws IOException if it can't be read now
     */
    Run adopt(DeploymentId id, Runnable onChange) throws IOException;

    /** Whether processes of this deployment are there, as far as that can be told without its run. */
    boolean hasProcesses(DeploymentId id);

    /** Sends KILL to the processes that {@link #hasProcesses} tells of. */
    void kill(DeploymentId id);

    /** Removes what is left of a run that was never launched or has ended. Does nothing if there is nothing. */
    void discard(DeploymentId id);

    /** Removes what is left of all runs but these. */
    void discardAllBut(Set<DeploymentId> ids);
}
