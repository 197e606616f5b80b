package io.deploytail.server;

import io.deploytail.server.deployment.Role;
import io.deploytail.server.security.CallerRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Changes who may call, by their tokens or their certificates: what both kinds of commands have in common. */
abstract class CallersCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--callers",
            paramLabel = "FILE",
            required = true,
            defaultValue = "${env:DEPLOYTAIL_CALLERS}",
            scope = ScopeType.INHERIT,
            description = "The file that says who may call. Environment: DEPLOYTAIL_CALLERS")
    private Path file = Path.of("");

    /** There was no command below this one. */
    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "which command? There are "
                        + String.join(", ", spec.subcommands().keySet()));
    }

    @Command(name = "list", description = "Prints all callers: name, role, targets, and by what they are known.")
    int list() {
        return change(registry -> registry.describe().forEach(out()::println));
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Makes a change; returns the code to exit with. */
    final int change(Change change) {
        try {
            change.on(new CallerRegistry(file));
            out().flush();
            return CommandLine.ExitCode.OK;
        } catch (IOException | IllegalArgumentException e) {
            spec.commandLine().getErr().println("deploytail-server: " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** Prints a new token, and to people what to do with it. */
    final void print(String token) {
        spec.commandLine().getErr().println("This is shown once, and kept nowhere:");
        out().println(token);
    }

    interface Change {
        void on(CallerRegistry callers) throws IOException;
    }

    /** What is allowed to a caller. */
    static final class Rights {
        @Option(
                names = "--role",
                description = {
                    "viewer sees deployments and their logs; deployer starts some, too, and cancels its own; admin cancels"
                            + " and deletes any. One of: ${COMPLETION-CANDIDATES}"
                })
        private @Nullable Role role;

        @Option(
                names = "--targets",
                paramLabel = "PATTERN",
                split = ",",
                description = "Of which targets; * stands for any characters. May be given more than once. Default: *")
        private List<String> targets = List.of();

        Optional<Role> role() {
            return Optional.ofNullable(role);
        }

        List<String> targets() {
            return targets;
        }
    }

    /** By tokens. */
    @Command(
            name = "token",
            mixinStandardHelpOptions = true,
            versionProvider = Main.Version.class,
            description = "Changes who may call with a token.")
    static final class Tokens extends CallersCommand {
        @Command(name = "add", description = "Adds a caller, and prints its token.")
        int add(@Parameters(paramLabel = "NAME") String name, @Mixin Rights rights) {
            return change(callers -> print(callers.addToken(name, rights.role(), rights.targets())));
        }

        @Command(
                name = "rotate",
                description =
                        "Prints a new token for a caller. The one before stays good until it is revoked, or rotated"
                                + " away by the next.")
        int rotate(@Parameters(paramLabel = "NAME") String name) {
            return change(callers -> print(callers.rotateToken(name)));
        }

        @Command(name = "revoke", description = "Makes a caller's tokens worthless, at once.")
        int revoke(
                @Parameters(paramLabel = "NAME") String name,
                @Option(names = "--older", description = "Only the older one of two.") boolean older) {
            return change(callers -> callers.revokeToken(name, older));
        }
    }

    /** By certificates. */
    @Command(
            name = "certificate",
            mixinStandardHelpOptions = true,
            versionProvider = Main.Version.class,
            description = "Changes who may call with a client certificate.")
    static final class Certificates extends CallersCommand {
        @Command(
                name = "add",
                description = "Adds a caller who shows a certificate that --client-ca has signed and whose subject"
                        + " alternative names have this name.")
        int add(@Parameters(paramLabel = "NAME") String name, @Mixin Rights rights) {
            return change(callers -> callers.addCertificate(name, rights.role(), rights.targets()));
        }

        @Command(name = "revoke", description = "No longer lets a caller in by its certificate.")
        int revoke(@Parameters(paramLabel = "NAME") String name) {
            return change(callers -> callers.revokeCertificate(name));
        }
    }
}
