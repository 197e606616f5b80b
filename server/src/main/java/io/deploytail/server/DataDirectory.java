package io.deploytail.server;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The server's data directory, held by one server at a time. The lock is the kernel's: it goes away with the process,
 * however that ends.
 */
final class DataDirectory implements Closeable {
    private final Path path;
    private final FileChannel lock;

    private DataDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Creates the directory if need be, and takes it.
     *
     * @throws StartException if another server has it, or it can't be used
     */
    static DataDirectory take(Path directory) {
        Path path = directory.toAbsolutePath().normalize();
        try {
            Files.createDirectories(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path file = path.resolve("deploytail.lock");
            FileChannel lock = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (!lock(lock)) {
                lock.close();
                throw new StartException("the data directory " + path + " is in use by another deploytail-server"
                        + " (process " + Files.readString(file).trim()
                        + "). Stop that one, or choose another --data-dir.");
            }
            lock.truncate(0);
            lock.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            return new DataDirectory(path, lock);
        } catch (FileAlreadyExistsException e) {
            throw new StartException(path + " is not a directory", e);
        } catch (AccessDeniedException e) {
            throw new StartException("cannot use the data directory " + path + ": permission denied", e);
        } catch (IOException e) {
            throw new StartException("cannot use the data directory " + path + ": " + e.getMessage(), e);
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another server in this JVM
        }
    }

    Path database() {
        return path.resolve("deploytail.db");
    }

    Path runs() {
        return path.resolve("runs");
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
