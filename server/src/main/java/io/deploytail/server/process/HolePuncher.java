package io.deploytail.server.process;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back the disk space of a file's beginning while its offsets stay what they are, by {@code fallocate(1)}. Where
 * the tool or the file system can't, the space comes back when the file is deleted.
 *
 * <p>Not thread-safe.
 */
final class HolePuncher {
    private static final Logger logger = LoggerFactory.getLogger(HolePuncher.class);

    /** So much is given back at a time: a process is started for it. */
    private static final long STEP = 16L << 20;

    /** So much is kept: a power failure may take back the newest commits, of some 100 MiB if the disk is slow. */
    private static final long KEPT = 128L << 20;

    private final Path file;
    private long punched;

    HolePuncher(Path file) {
        this.file = file;
    }

    /** Gives back what lies before the offset, once that is worth it. Does not wait until it is done. */
    void punchUpTo(long offset) {
        long length = (offset - KEPT - punched) / STEP * STEP;
        if (length <= 0) {
            return;
        }
        try {
            new ProcessBuilder(List.of(
                            "fallocate",
                            "--punch-hole",
                            "--offset",
                            Long.toString(punched),
                            "--length",
                            Long.toString(length),
                            file.toString()))
                    .redirectInput(DetachedLauncher.DEV_NULL)
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            logger.debug("cannot give back the space of {}", file, e);
        }
        punched += length;
    }
}
