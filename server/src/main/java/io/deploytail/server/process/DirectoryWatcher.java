package io.deploytail.server.process;

import io.deploytail.server.deployment.RepeatedTask;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * Tells when something in a directory changes: a file grew, or came to be under a new name. Woken by the kernel
 * (inotify), never by a timer.
 *
 * <p>Thread-safe. Listeners are run on threads of its own, that of one directory by one of them at a time, and may take
 * their time: what changes meanwhile they are told together, afterwards.
 */
final class DirectoryWatcher implements AutoCloseable {
    /** Of so many directories at once it is told what has changed; others wait. */
    private static final int THREADS = 8;

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final WatchService service;
    private final Map<WatchKey, Runnable> listeners = new ConcurrentHashMap<>();
    private final List<Thread> threads;

    private DirectoryWatcher(WatchService service) {
        this.service = service;
        this.threads =
                IntStream.rangeClosed(1, THREADS).mapToObj(this::newThread).toList();
    }

    private Thread newThread(int number) {
        Thread thread = new Thread(this::listen, "directory-watcher-" + number);
        thread.setDaemon(true);
        return thread;
    }

    static DirectoryWatcher start(Path anyDirectory) throws IOException {
        DirectoryWatcher watcher =
                new DirectoryWatcher(anyDirectory.getFileSystem().newWatchService());
        watcher.threads.forEach(Thread::start);
        return watcher;
    }

    /**
     * Runs the listener once now, on this thread, then after each change, or once after several. Closing the result ends
     * that.
     *
     * @throws IOException if the host's limit of inotify watches is reached, say
     */
    Watch watch(Path directory, Runnable onChange) throws IOException {
        WatchKey key =
                directory.register(service, StandardWatchEventKinds.ENTRY_MODIFY, StandardWatchEventKinds.ENTRY_CREATE);
        Runnable listener = new RepeatedTask("looking at a change in " + directory, onChange);
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
                key.pollEvents(); // before the listener looks: a change after its look must be an event of its own
                Runnable listener = listeners.get(key);
                if (listener != null) {
                    listener.run();
                }
                key.reset(); // only now: until then an event wakes nobody, and none is lost
            }
        } catch (InterruptedException | ClosedWatchServiceException e) {
            // closed
        }
    }

    /** Ends, and waits for listeners that are being told; those that take too long are interrupted. */
    @Override
    public void close() throws IOException {
        service.close();
        long deadlineNanos = System.nanoTime() + CLOSE_LIMIT.toNanos();
        try {
            for (Thread thread : threads) {
                thread.join(Math.max(1, (deadlineNanos - System.nanoTime()) / 1_000_000));
            }
            threads.forEach(Thread::interrupt);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A directory being watched. */
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }
}
