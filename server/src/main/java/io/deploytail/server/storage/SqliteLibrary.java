package io.deploytail.server.storage;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import org.sqlite.util.OSInfo;

/**
 * The native library of SQLite's driver. Left alone, the driver copies it out of its jar at each start, into the folder
 * for temporary files, and compares the copy byte by byte. The build has unpacked it for Linux, next to our jar.
 */
final class SqliteLibrary {
    private static final String FOLDER = "org.sqlite.lib.path";

    private SqliteLibrary() {}

    /**
     * Has the driver load what the build has unpacked, if that is there and nobody wants another. To be called before the
     * first use of the driver.
     */
    static void preferUnpacked() {
        CodeSource ours = SqliteLibrary.class.getProtectionDomain().getCodeSource();
        if (ours == null || System.getProperty(FOLDER) != null) {
            return;
        }
        try {
            Path folder = Path.of(ours.getLocation().toURI())
                    .resolveSibling("native")
                    .resolve(OSInfo.getNativeLibFolderPathForCurrentOS());
            if (Files.isDirectory(folder)) {
                System.setProperty(FOLDER, folder.toString());
            }
        } catch (URISyntaxException e) {
            // The driver finds its library by itself.
        }
    }
}
