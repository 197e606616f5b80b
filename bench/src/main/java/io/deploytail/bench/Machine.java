package io.deploytail.bench;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** What the benchmark runs on, in one line. */
final class Machine {
    private Machine() {}

    static String describe(Path workingDirectory) throws IOException {
        FileStore disk = Files.getFileStore(workingDirectory);
        return String.format(
                Locale.ROOT,
                "%d × %s, %.0f GB of memory, Linux %s, %s, Java %s",
                Runtime.getRuntime().availableProcessors(),
                valueIn(Path.of("/proc/cpuinfo"), "model name").orElse(System.getProperty("os.arch")),
                valueIn(Path.of("/proc/meminfo"), "MemTotal")
                                .map(text -> Double.parseDouble(text.replaceAll("[^0-9]", "")))
                                .orElse(0.0)
                        / 1e6,
                System.getProperty("os.version").replaceAll("-.*", ""), // without what its builder added
                disk.type(),
                System.getProperty("java.version"));
    }

    private static Optional<String> valueIn(Path file, String key) throws IOException {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst();
        }
    }
}
