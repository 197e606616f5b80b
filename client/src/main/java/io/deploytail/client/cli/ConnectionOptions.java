package io.deploytail.client.cli;

import io.deploytail.client.DeploytailClient;
import io.deploytail.client.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * Which server to talk to, and how it is known who is at either end. What the command line does not say, the environment
 * does; what neither says, the {@link ConfigFile} does.
 */
final class ConnectionOptions {
    static final String DEFAULT_SERVER = "127.0.0.1:50051";

    @Option(
            names = "--server",
            paramLabel = "HOST:PORT|unix:PATH",
            scope = ScopeType.INHERIT,
            description = "The server (default: $DEPLOYTAIL_SERVER, else " + DEFAULT_SERVER + ").")
    private @Nullable String server;

    @Option(
            names = "--tls",
            scope = ScopeType.INHERIT,
            description = "Use TLS. It is used anyway unless the server is on this host ($DEPLOYTAIL_TLS=true).")
    private boolean tls;

    @Option(
            names = "--plaintext",
            scope = ScopeType.INHERIT,
            description = "Use no TLS, wherever the server is ($DEPLOYTAIL_PLAINTEXT=true).")
    private boolean plaintext;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Whose certificates to trust, in PEM, instead of those that Java trusts ($DEPLOYTAIL_CA).")
    private @Nullable String authority;

    @Option(
            names = "--cert",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "A client certificate to show, in PEM ($DEPLOYTAIL_CERT).")
    private @Nullable String certificate;

    @Option(
            names = "--key",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Its key, in PKCS #8 PEM without a password ($DEPLOYTAIL_KEY).")
    private @Nullable String key;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "A file with the token to show ($DEPLOYTAIL_TOKEN_FILE; or the token in $DEPLOYTAIL_TOKEN).")
    private @Nullable String tokenFile;

    /** The option that names the server again, with a space before it; empty unless it was given. */
    String again() {
        return server == null ? "" : " --server " + Printable.of(server);
    }

    /**
     * Begins a client of that server.
     *
     * @throws IllegalArgumentException if what is set makes no sense, or a file can't be read; says what is wrong
     */
    DeploytailClient.Builder client(
            Map<String, String> environment, Function<String, DeploytailClient.Builder> clients) {
        Settings settings = chosen(environment);
        DeploytailClient.Builder client = clients.apply(settings.text("server").orElse(DEFAULT_SERVER));
        boolean wantsTls = settings.isOn("tls");
        boolean wantsNone = settings.isOn("plaintext");
        Optional<Path> ca = settings.text("ca").map(Path::of);
        Optional<Path> cert = settings.text("cert").map(Path::of);
        Optional<Path> certKey = settings.text("key").map(Path::of);
        boolean namesFiles = ca.isPresent() || cert.isPresent() || certKey.isPresent();
        if (wantsNone && (wantsTls || namesFiles)) {
            throw new IllegalArgumentException("--plaintext does not go with --tls, --ca, --cert and --key");
        }
        if (cert.isPresent() != certKey.isPresent()) {
            throw new IllegalArgumentException("--cert and --key belong together");
        }
        if (wantsNone) {
            client.plaintext();
        } else if (wantsTls || namesFiles) {
            Tls chosen = ca.map(Tls::trusting).orElseGet(Tls::standard);
            client.tls(cert.isPresent() ? chosen.withCertificate(cert.get(), certKey.orElseThrow()) : chosen);
        }
        token(settings).ifPresent(client::token);
        return client;
    }

    private static Optional<String> token(Settings settings) {
        return settings.text("token")
                .or(() -> settings.text("token-file").map(ConnectionOptions::read))
                .map(String::strip);
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read the token in " + file + ": " + e.getMessage(), e);
        }
    }

    /** What the file says counts for the server that it names only: its token is not for another one. */
    private Settings chosen(Map<String, String> environment) {
        Settings nearer = name -> {
            Optional<String> given = given(name);
            // A token on the command line would be seen by everybody on this host; a file is chosen over a variable.
            boolean isOverruled = name.equals("token") && tokenFile != null;
            return given.isPresent() || isOverruled ? given : variable(environment, name);
        };
        Settings config = ConfigFile.read(environment)::get;
        Optional<String> named = nearer.text("server");
        boolean isConfigured = named.isEmpty() || named.equals(config.text("server"));
        return name -> isConfigured ? nearer.text(name).or(() -> config.text(name)) : nearer.text(name);
    }

    private Optional<String> given(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "server" -> server;
                    case "tls" -> tls ? "true" : null;
                    case "plaintext" -> plaintext ? "true" : null;
                    case "ca" -> authority;
                    case "cert" -> certificate;
                    case "key" -> key;
                    case "token-file" -> tokenFile;
                    default -> null;
                });
    }

    private static Optional<String> variable(Map<String, String> environment, String name) {
        String variable = "DEPLOYTAIL_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
        return Optional.ofNullable(environment.get(variable)).filter(value -> !value.isEmpty());
    }

    private interface Settings {
        Optional<String> text(String name);

        default boolean isOn(String name) {
            return text(name).filter(value -> value.equals("true")).isPresent();
        }
    }
}
