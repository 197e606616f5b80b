package io.deploytail.client.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;

/**
 * What the user has written down about the server: {@code NAME=VALUE} in each line, with the names of
 * {@link ConnectionOptions}, in {@code $DEPLOYTAIL_CONFIG}, else in {@code deploytail/config} in the directory that the XDG
 * Base Directory Specification names.
 */
final class ConfigFile {
    private static final Set<String> NAMES =
            Set.of("server", "tls", "plaintext", "ca", "cert", "key", "token", "token-file");
    private static final Set<PosixFilePermission> OTHERS_READ =
            Set.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);

    private final Properties properties;

    private ConfigFile(Properties properties) {
        this.properties = properties;
    }

    /** @throws IllegalArgumentException if it can't be read or something in it is wrong; says what */
    static ConfigFile read(Map<String, String> environment) {
        Optional<Path> file = file(environment);
        Properties properties = new Properties();
        if (file.isPresent()) {
            try (Reader reader = Files.newBufferedReader(file.get())) {
                properties.load(reader);
                check(file.get(), properties);
            } catch (IOException e) {
                throw new IllegalArgumentException("cannot read " + file.get() + ": " + e.getMessage(), e);
            }
        }
        return new ConfigFile(properties);
    }

    /** The file that there is. One that is named has to be. */
    private static Optional<Path> file(Map<String, String> environment) {
        String named = environment.getOrDefault("DEPLOYTAIL_CONFIG", "");
        if (!named.isEmpty()) {
            return Optional.of(Path.of(named));
        }
        String home = environment.getOrDefault("HOME", "");
        String configured = environment.getOrDefault("XDG_CONFIG_HOME", "");
        if (configured.isEmpty() && home.isEmpty()) {
            return Optional.empty();
        }
        Path directory = configured.isEmpty() ? Path.of(home, ".config") : Path.of(configured);
        return Optional.of(directory.resolve("deploytail").resolve("config")).filter(Files::exists);
    }

    private static void check(Path file, Properties properties) throws IOException {
        for (String name : properties.stringPropertyNames()) {
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException(file + " has '" + name + "', which is none of "
                        + String.join(", ", NAMES.stream().sorted().toList()));
            }
        }
        boolean isSecret = properties.containsKey("token");
        if (isSecret && Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS_READ::contains)) {
            throw new IllegalArgumentException(
                    file + " has a token and can be read by others; 'chmod 600 " + file + "' mends that");
        }
    }

    Optional<String> get(String name) {
        return Optional.ofNullable(properties.getProperty(name))
                .map(String::strip)
                .filter(value -> !value.isEmpty());
    }
}
