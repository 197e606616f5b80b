package io.deploytail.server;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The server's data directory, held by one server at a time. The lock is the kernel's: it goes away with the process,
 * however that ends. But it goes away as well as soon as this process closes the lock file, whichever descriptor of it:
 * so a directory that is held here is not opened again.
 */
final class DataDirectory implements Closeable {
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

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
            return hold(path.toRealPath());
        } catch (FileAlreadyExistsException e) {
            throw new StartException(path + " is not a directory", e);
        } catch (AccessDeniedException e) {
            throw new StartException("cannot use the data directory " + path + ": permission denied", e);
        } catch (IOException e) {
            throw new StartException("cannot use the data directory " + path + ": " + e.getMessage(), e);
        }
    }

    private static DataDirectory hold(Path path) throws IOException {
        if (!HELD_HERE.add(path)) {
            throw inUse(path, Long.toString(ProcessHandle.current().pid()));
        }
        try {
            return new DataDirectory(path, lock(path));
        } catch (IOException | RuntimeException e) {
            HELD_HERE.remove(path);
            throw e;
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel lock = FileChannel.open(
                path.resolve("deploytail.lock"),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            if (lock.tryLock() == null) {
                BufferedReader holder = new BufferedReader(Channels.newReader(lock, StandardCharsets.US_ASCII));
                throw inUse(path, String.valueOf(holder.readLine()));
            }
            lock.truncate(0);
            lock.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            return lock;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private static StartException inUse(Path path, String process) {
        return new StartException("the data directory " + path + " is in use by another deploytail-server (process "
                + process + "). Stop that one, or choose another --data-dir.");
    }

    Path database() {
        return databaseIn(path);
    }

    /** The database of the server whose data directory this is. */
    static Path databaseIn(Path directory) {
        return directory.resolve("deploytail.db");
    }

    Path runs() {
        return path.resolve("runs");
    }

    @Override
    public void close() throws IOException {
        lock.close();
        HELD_HERE.remove(path);
    }
}
