package io.deploytail.server.process;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when something in a directory changes: a file grew, or came to be under a new name. Woken by the kernel
 * (inotify), never by a timer.
 *
 * <p>Thread-safe. Listeners are run on one thread of its own, so they must be quick.
 */
final class DirectoryWatcher implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(DirectoryWatcher.class);

    private final WatchService service;
    private final Map<WatchKey, Runnable> listeners = new ConcurrentHashMap<>();
    private final Thread thread;

    private DirectoryWatcher(WatchService service) {
        this.service = service;
        this.thread = new Thread(this::listen, "directory-watcher");
        this.thread.setDaemon(true);
    }

    static DirectoryWatcher start(Path anyDirectory) throws IOException {
        DirectoryWatcher watcher =
                new DirectoryWatcher(anyDirectory.getFileSystem().newWatchService());
        watcher.thread.start();
        return watcher;
    }

    /**
     * Runs the listener after each change, or once after several. Closing the result ends that.
     *
     * @throws IOException if the host's limit of inotify watches is reached, say
     */
    Watch watch(Path directory, Runnable listener) throws IOException {
        WatchKey key =
                directory.register(service, StandardWatchEventKinds.ENTRY_MODIFY, StandardWatchEventKinds.ENTRY_CREATE);
        listeners.put(key, listener);
        listener.run(); // for what changed between register and put
        return () -> {
            listeners.remove(key);
            key.cancel();
        };
    }

    private void listen() {
        try {
            while (true) {
                WatchKey key = service.take();
                key.pollEvents();
                // Before the listener looks: a change after its look must be an event of its own.
                key.reset();
                Runnable listener = listeners.get(key);
                if (listener != null) {
                    tell(listener);
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            // closed
        }
    }

    private static void tell(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException | OutOfMemoryError e) {
            logger.error("a change was not heard; it will be seen within a second", e);
        }
    }

    @Override
    public void close() throws IOException {
        service.close();
    }

    /** A directory being watched. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
