package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of its own that is soon full, where the user may mount one; elsewhere the test is skipped. */
final class SmallDisk implements AutoCloseable {
    private final Path directory;

    private SmallDisk(Path directory) {
        this.directory = directory;
    }

    /** Mounts one on a directory, which is made if need be. */
    static SmallDisk mount(Path directory, int megabytes) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        String options = "mode=700,size=" + megabytes + "m";
        assumeTrue(
                succeeds("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString()),
                "needs the right to mount a file system");
        return new SmallDisk(directory);
    }

    /** Takes all the space that is free. */
    void fill() throws IOException {
        try (RandomAccessFile ballast = new RandomAccessFile(ballast().toFile(), "rw")) {
            byte[] page = new byte[4096];
            while (Files.getFileStore(directory).getUsableSpace() > 0) {
                ballast.write(page);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    /** Gives back what was filled. */
    void free() throws IOException {
        Files.delete(ballast());
    }

    private Path ballast() {
        return directory.resolve("ballast");
    }

    private static boolean succeeds(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    /** Lazily: a process may still hold a file open. */
    @Override
    public void close() throws IOException {
        try {
            assertThat(succeeds("umount", "-l", directory.toString())).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
