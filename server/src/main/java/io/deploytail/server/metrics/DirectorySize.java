package io.deploytail.server.metrics;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Adds up the sizes of the files in a directory, and in those within. */
final class DirectorySize extends SimpleFileVisitor<Path> {
    /** Far more than the run directories of all that may run and wait have, by default. */
    private static final int MAX_FILES = 100_000;

    private long bytes;
    private int files;

    private DirectorySize() {}

    /** The sum; if there are very many files, that of as many as can be looked at in a bounded time. */
    static long of(Path directory) {
        DirectorySize size = new DirectorySize();
        try {
            Files.walkFileTree(directory, size);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return size.bytes;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        bytes += attributes.size();
        files++;
        return files < MAX_FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
        return FileVisitResult.CONTINUE; // it went away meanwhile, as run directories do
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, IOException e) {
        return FileVisitResult.CONTINUE;
    }
}
