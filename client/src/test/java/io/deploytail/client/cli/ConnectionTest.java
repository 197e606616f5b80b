package io.deploytail.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.DeploytailServer;
import io.deploytail.server.ServerOptions;
import io.deploytail.server.TestCertificates;
import io.deploytail.server.deployment.Role;
import io.deploytail.server.security.CallerRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The {@code deploytail} command and a server that knows its callers, over TLS and on a Unix domain socket. */
@Timeout(120)
class ConnectionTest {
    @TempDir
    private Path directory;

    private TestCertificates certificates;
    private Path callersFile;
    private CallerRegistry callers;
    private String token;
    private DeploytailServer server;

    @BeforeEach
    void start() throws Exception {
        certificates = TestCertificates.in(directory.resolve("certificates"))
                .sign("server", "DNS:localhost,IP:127.0.0.1")
                .sign("billing", "DNS:billing.internal");
        callersFile = directory.resolve("callers.json");
        callers = new CallerRegistry(callersFile);
        token = callers.addToken("ops", Optional.of(Role.ADMIN), List.of());
        callers.addCertificate("billing.internal", Optional.of(Role.VIEWER), List.of());
        server = serve("127.0.0.1:0");
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    @Test
    void optionsNameTheAuthorityAndTheToken() throws Exception {
        Path tokenFile = Files.writeString(directory.resolve("token"), token + "\n");
        try (CliRun cli = new CliRun().connectingForReal()) {
            int exit = cli.execute(
                    "--server",
                    server.address(),
                    "--ca",
                    file("ca.pem"),
                    "--token-file",
                    tokenFile.toString(),
                    "run",
                    "--",
                    "sh",
                    "-c",
                    "echo hello; exit 3");

            assertThat(cli.err()).contains("started");
            assertThat(exit).isEqualTo(3);
            assertThat(cli.out()).isEqualTo("hello\n");
            cli.execute(
                    "show",
                    "latest",
                    "--server",
                    server.address(),
                    "--ca",
                    file("ca.pem"),
                    "--token-file",
                    tokenFile.toString());
            assertThat(cli.out()).contains("started by  ops");
        }
    }

    @Test
    void environmentNamesThem() {
        try (CliRun cli = new CliRun().connectingForReal()) {
            cli.environment.put("DEPLOYTAIL_SERVER", server.address());
            cli.environment.put("DEPLOYTAIL_CA", file("ca.pem"));
            cli.environment.put("DEPLOYTAIL_TOKEN", token);

            assertThat(cli.execute("list")).isZero();
        }
    }

    @Test
    void configFileNamesThem() throws Exception {
        Path config = directory.resolve("deploytail/config");
        Files.createDirectories(config.getParent());
        Files.writeString(
                config, "# ours\nserver=" + server.address() + "\nca=" + file("ca.pem") + "\ntoken = " + token + "\n");
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-------"));
        try (CliRun cli = new CliRun().connectingForReal().impatient()) {
            cli.environment.put("XDG_CONFIG_HOME", directory.toString());

            assertThat(cli.execute("list")).isZero();

            assertThat(cli.execute(
                            "list", "--server", "localhost" + server.address().substring(9)))
                    .as("another server does not get the token of the one in the file")
                    .isEqualTo(ExitCode.UNREACHABLE.code());

            Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));
            assertThat(cli.execute("list")).isEqualTo(ExitCode.USAGE.code());
            assertThat(cli.err()).contains("can be read by others");

            Files.writeString(config, "sever=x\n");
            assertThat(cli.execute("list")).isEqualTo(ExitCode.USAGE.code());
            assertThat(cli.err()).contains("'sever', which is none of ca, cert, key, plaintext, server");
        }
    }

    @Test
    void clientCertificateSaysWhoCalls() {
        try (CliRun cli = new CliRun().connectingForReal()) {
            String[] options = {
                "--server",
                server.address(),
                "--ca",
                file("ca.pem"),
                "--cert",
                file("billing.pem"),
                "--key",
                file("billing.key")
            };

            assertThat(cli.execute(line(options, "list"))).isZero();
            assertThat(cli.execute(line(options, "start", "--", "true"))).isEqualTo(ExitCode.REFUSED.code());
            assertThat(cli.err()).contains("you may not start deployments");
        }
    }

    @Test
    void whoIsNotKnownIsToldHowToBe() {
        try (CliRun cli = new CliRun().connectingForReal()) {
            assertThat(cli.execute("list", "--server", server.address(), "--ca", file("ca.pem")))
                    .isEqualTo(ExitCode.REFUSED.code());
            assertThat(cli.err()).contains("who calls?").contains("--token-file");
        }
    }

    @Test
    void serverThatIsNotTrustedIsToldNothing() {
        try (CliRun cli = new CliRun().connectingForReal().impatient()) {
            cli.environment.put("DEPLOYTAIL_TOKEN", token);

            assertThat(cli.execute("list", "--server", server.address(), "--tls"))
                    .isEqualTo(ExitCode.UNREACHABLE.code());
            assertThat(cli.err()).contains("not signed by anyone who is trusted here");
            assertThat(cli.execute("list", "--server", server.address(), "--ca", file("billing.pem")))
                    .isEqualTo(ExitCode.UNREACHABLE.code());
        }
    }

    @Test
    void whoDoesNotSpeakTlsWhereTheServerDoesIsToldSo() {
        try (CliRun cli = new CliRun().connectingForReal().impatient()) {
            assertThat(cli.execute("list", "--server", server.address(), "--plaintext"))
                    .isEqualTo(ExitCode.UNREACHABLE.code());
            assertThat(cli.err()).contains("if it speaks TLS, so must the client");
        }
    }

    @Test
    void tokenNeverLeavesThisHostWithoutTls() {
        try (CliRun cli = new CliRun().connectingForReal()) {
            cli.environment.put("DEPLOYTAIL_TOKEN", token);

            assertThat(cli.execute("list", "--server", "192.0.2.1:50051", "--plaintext"))
                    .isEqualTo(ExitCode.USAGE.code());
            assertThat(cli.err()).contains("a token is never sent to another host without TLS");
        }
    }

    @Test
    void optionsThatDoNotGoTogetherAreRefused() {
        try (CliRun cli = new CliRun().connectingForReal()) {
            assertThat(cli.execute("list", "--plaintext", "--tls")).isEqualTo(ExitCode.USAGE.code());
            assertThat(cli.execute("list", "--cert", "x.pem")).isEqualTo(ExitCode.USAGE.code());
            assertThat(cli.execute("list", "--ca", "none.pem")).isEqualTo(ExitCode.USAGE.code());
            assertThat(cli.err())
                    .contains("--plaintext does not go with --tls")
                    .contains("--cert and --key belong together")
                    .contains("none.pem is not there, or can't be read");
        }
    }

    @Test
    void unixSocketIsAnAddressAsWell() throws Exception {
        Path socket = directory.resolve("d.sock");
        try (DeploytailServer local = DeploytailServer.start(ServerOptions.parse(
                        "--listen",
                        "unix:" + socket,
                        "--data-dir",
                        directory.resolve("local").toString()));
                CliRun cli = new CliRun().connectingForReal()) {
            int exit = cli.execute("run", "--server", local.address(), "--", "echo", "hello");

            assertThat(cli.out()).isEqualTo("hello\n");
            assertThat(exit).isZero();
        }
    }

    @Test
    void recipesAreDescribedAndRun() throws Exception {
        Path recipes = Files.writeString(
                directory.resolve("recipes.yaml"),
                "recipes: {greet: {description: Says hello., command: [echo, 'hello ${who}'], target: greeting,"
                        + " parameters: {who: {pattern: '[a-z]+', default: world}}}}");
        Path socket = directory.resolve("d.sock");
        try (DeploytailServer local = DeploytailServer.start(ServerOptions.parse(
                        "--listen",
                        "unix:" + socket,
                        "--data-dir",
                        directory.resolve("local").toString(),
                        "--recipes",
                        recipes.toString()));
                CliRun cli = new CliRun().connectingForReal()) {
            cli.environment.put("DEPLOYTAIL_SERVER", local.address());

            assertThat(cli.execute("recipes")).isZero();
            assertThat(cli.out()).isEqualTo("""
                            greet: Says hello.
                              command  echo 'hello ${who}'
                              target   greeting
                              -p who=[a-z]+, at most 256 characters (else 'world')
                            """);
            assertThat(cli.execute("run", "--recipe", "greet", "-p", "who=you")).isZero();
            assertThat(cli.out()).endsWith("hello you\n");
            assertThat(cli.execute("run", "--recipe", "greet", "-p", "who=YOU")).isEqualTo(ExitCode.REFUSED.code());
            assertThat(cli.err()).contains("parameters[who]: must match [a-z]+");
            assertThat(cli.execute("run", "--", "true")).isEqualTo(ExitCode.REFUSED.code());
            assertThat(cli.execute("run")).isEqualTo(ExitCode.USAGE.code());
            assertThat(cli.execute("run", "--recipe", "greet", "--", "true")).isEqualTo(ExitCode.USAGE.code());
            assertThat(cli.execute("show", "latest")).isZero();
            assertThat(cli.out()).contains("recipe      greet who=you");
        }
    }

    @Test
    void secretsComeFromTheEnvironmentAndAreNotShown() throws Exception {
        Path socket = directory.resolve("d.sock");
        try (DeploytailServer local = DeploytailServer.start(ServerOptions.parse(
                        "--listen",
                        "unix:" + socket,
                        "--data-dir",
                        directory.resolve("local").toString()));
                CliRun cli = new CliRun().connectingForReal()) {
            cli.environment.put("DEPLOYTAIL_SERVER", local.address());
            cli.environment.put("TOKEN", "correct horse");
            cli.environment.put("PIN", "1234");

            assertThat(cli.execute(
                            "run",
                            "--secret-env",
                            "TOKEN",
                            "--secret-env",
                            "PIN",
                            "--",
                            "sh",
                            "-c",
                            "echo $TOKEN $PIN"))
                    .isZero();
            assertThat(cli.out()).isEqualTo("************* 1234\n");
            assertThat(cli.err()).contains("secret_env[PIN] has fewer than 6 bytes");
            assertThat(cli.execute("run", "--secret-env", "NONE", "--", "true")).isEqualTo(ExitCode.USAGE.code());
        }
    }

    private DeploytailServer serve(String address) {
        return DeploytailServer.start(ServerOptions.parse(
                "--listen",
                address,
                "--data-dir",
                directory.resolve("data").toString(),
                "--tls-cert",
                file("server.pem"),
                "--tls-key",
                file("server.key"),
                "--client-ca",
                file("ca.pem"),
                "--callers",
                callersFile.toString()));
    }

    private static String[] line(String[] options, String... command) {
        List<String> line = new ArrayList<>(List.of(options));
        line.addAll(List.of(command));
        return line.toArray(String[]::new);
    }

    private String file(String name) {
        return certificates.file(name).toString();
    }
}
