package io.deploytail.server;

import io.deploytail.server.deployment.StorageException;
import io.deploytail.server.storage.Backup;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Copies the database. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        usageHelpWidth = 100,
        description = {
            "Copies the database to FILE as it is at this moment: all deployments and their logs. A server that uses it goes"
                    + " on.",
            "To go back to the copy, stop the server and put it in place of deploytail.db; remove deploytail.db-wal"
                    + " and deploytail.db-shm."
        })
final class BackupCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "${env:DEPLOYTAIL_DATA_DIR:-./deploytail-data}",
            description = {
                "The server's data directory.",
                "Default: ./deploytail-data. Environment: DEPLOYTAIL_DATA_DIR"
            })
    private Path dataDir = Path.of("");

    @Parameters(paramLabel = "FILE", description = "Must not exist. Only its owner can read it.")
    private Path file = Path.of("");

    @Override
    public Integer call() {
        try {
            Backup.make(DataDirectory.databaseIn(dataDir), file);
            return CommandLine.ExitCode.OK;
        } catch (NoSuchFileException e) {
            return fail(e.getFile() + " does not exist");
        } catch (FileAlreadyExistsException e) {
            return fail(e.getFile() + " exists already");
        } catch (AccessDeniedException e) {
            return fail(e.getFile() + ": permission denied");
        } catch (IOException | StorageException e) {
            return fail(e.getMessage()
                    + (e.getCause() == null ? "" : ": " + e.getCause().getMessage()));
        }
    }

    private int fail(String why) {
        spec.commandLine().getErr().println("deploytail-server: " + why);
        return CommandLine.ExitCode.SOFTWARE;
    }
}
