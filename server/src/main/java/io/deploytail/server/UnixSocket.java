package io.deploytail.server;

import java.io.Closeable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The place of a Unix domain socket that only its owner can connect to, from its first moment on: it is bound in a
 * directory that nobody else can enter, made private, and then moved to where it is to be. Takes the place of one that
 * was left behind. Confined to one thread at a time.
 */
final class UnixSocket implements Closeable {
    private final Path path;
    private final Path directory;
    private @Nullable Object fileKey;

    private UnixSocket(Path path, Path directory) {
        this.path = path;
        this.directory = directory;
    }

    /** @throws StartException if somebody serves there, or something else is there */
    static UnixSocket at(Path path) throws IOException {
        try {
            if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther()) {
                throw new StartException("cannot listen on " + path + ": there is something that is no socket");
            }
            if (isServed(path)) {
                throw new StartException("cannot listen on " + path + ": another server does");
            }
        } catch (NoSuchFileException e) {
            // nothing is there
        }
        FileAttribute<?> ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        return new UnixSocket(path, Files.createTempDirectory(path.resolveSibling(""), ".", ownerOnly));
    }

    private static boolean isServed(Path path) throws IOException {
        try {
            SocketChannel.open(UnixDomainSocketAddress.of(path)).close();
            return true;
        } catch (ConnectException e) {
            return false; // it was left behind
        }
    }

    /** Where to bind it. */
    UnixDomainSocketAddress bindingAddress() {
        return UnixDomainSocketAddress.of(bound());
    }

    private Path bound() {
        return directory.resolve("s");
    }

    /** To be called when it is bound: from now on it is where it is to be. */
    void publish() throws IOException {
        Files.setPosixFilePermissions(bound(), PosixFilePermissions.fromString("rw-------"));
        Files.move(bound(), path, StandardCopyOption.ATOMIC_MOVE);
        fileKey = key();
        Files.delete(directory);
    }

    private Object key() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /** Removes it, unless another server has taken the place. */
    @Override
    public void close() throws IOException {
        Files.deleteIfExists(bound());
        Files.deleteIfExists(directory);
        try {
            if (fileKey != null && Objects.equals(key(), fileKey)) {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            // somebody has removed it
        }
    }
}
