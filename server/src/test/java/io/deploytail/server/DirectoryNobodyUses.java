package io.deploytail.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirDeletionStrategy;

/**
 * Deletes a test's directory once nothing works in it any more: what a test leaves running is killed first, since a
 * command that is only just starting, or a recorder, would write there meanwhile.
 *
 * <p>Named in {@code junit-platform.properties}, for the tests of the server and of the client.
 */
public final class DirectoryNobodyUses implements TempDirDeletionStrategy {
    @Override
    public DeletionResult delete(Path directory, AnnotatedElementContext element, ExtensionContext extension)
            throws IOException {
        try {
            Eventually.until("nothing works in " + directory, () -> {
                List<ProcessHandle> users = users(directory);
                users.forEach(DirectoryNobodyUses::kill);
                return users.isEmpty();
            });
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
        return Standard.INSTANCE.delete(directory, element, extension);
    }

    private static List<ProcessHandle> users(Path directory) {
        return ProcessHandle.allProcesses()
                .filter(process -> works(process, directory))
                .toList();
    }

    /** Whether it works there, or is about to: it was called with the directory's name. */
    private static boolean works(ProcessHandle process, Path directory) {
        Path proc = Path.of("/proc/" + process.pid());
        try {
            return Files.readSymbolicLink(proc.resolve("cwd")).startsWith(directory)
                    || Files.readString(proc.resolve("cmdline"), StandardCharsets.ISO_8859_1)
                            .contains(directory.toString());
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    private static void kill(ProcessHandle process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
