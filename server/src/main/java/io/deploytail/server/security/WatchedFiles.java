package io.deploytail.server.security;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Actor;
import io.deploytail.server.deployment.AuditEntry;
import io.deploytail.server.deployment.AuditTrail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that are read anew when one of them has changed: was written, replaced, or a link to it was turned. If they can't
 * be read, what was read before stays in force and the server's log says so. Confined to whoever checks.
 */
public final class WatchedFiles {
    private static final Logger logger = LoggerFactory.getLogger(WatchedFiles.class);

    /** Reads files and puts what they say into force. */
    public interface Reload {
        /**
         * Reads them.
         *
         * @throws IOException if something is wrong with them; then nothing changes
         */
        void run() throws IOException;
    }

    private final String what;
    private final List<Path> files;
    private final Reload reload;
    private final AuditTrail audit;
    private final Clock clock;
    private List<String> seen;

    private WatchedFiles(String what, List<Path> files, Reload reload, AuditTrail audit, Clock clock) {
        this.what = requireNonNull(what);
        this.files = List.copyOf(files);
        this.reload = requireNonNull(reload);
        this.audit = requireNonNull(audit);
        this.clock = requireNonNull(clock);
        this.seen = look();
    }

    /**
     * Reads them for the first time.
     *
     * @param what they say, in the plural, for the log
     * @param audit told whenever they are read anew
     * @throws IOException as {@code reload}
     */
    public static WatchedFiles read(String what, List<Path> files, Reload reload, AuditTrail audit, Clock clock)
            throws IOException {
        WatchedFiles watched =
                new WatchedFiles(what, files, reload, audit, clock); // looks first: a change while they are read counts
        reload.run();
        return watched;
    }

    /** Looks whether they have changed, and then reads them. To be called every now and then. */
    public void check() {
        List<String> now = look();
        if (now.equals(seen)) {
            return;
        }
        seen = now;
        try {
            reload.run();
            record("OK", what + " were read anew");
        } catch (IOException e) {
            logger.error("{} stay as they were: {}", what, e.getMessage());
            record("FAILED", what + " stay as they were: " + e.getMessage());
        }
    }

    private void record(String result, String detail) {
        audit.record(AuditEntry.of(clock.instant(), Actor.SERVER, "reload", result, detail));
    }

    private List<String> look() {
        return files.stream().map(WatchedFiles::look).toList();
    }

    private static String look(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.fileKey() + " " + attributes.lastModifiedTime() + " " + attributes.size();
        } catch (IOException e) {
            return "none";
        }
    }
}
