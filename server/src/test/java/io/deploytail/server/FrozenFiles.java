package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A directory in which nothing can be changed, not even what is open, as on a disk that has become read-only. Needs the
 * right to do so, as root has it, and a file system that can; elsewhere the test is skipped.
 */
final class FrozenFiles {
    private final Path directory;

    private FrozenFiles(Path directory) {
        this.directory = directory;
    }

    static FrozenFiles in(Path directory) throws IOException, InterruptedException {
        FrozenFiles files = new FrozenFiles(directory);
        assumeTrue(files.change("+i"), "needs chattr(1), and the right to use it");
        return files;
    }

    /** May be called again. */
    void thaw() throws IOException, InterruptedException {
        assertThat(change("-i")).isTrue();
    }

    private boolean change(String attribute) throws IOException, InterruptedException {
        return new ProcessBuilder("chattr", "-R", attribute, directory.toString())
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }
}
