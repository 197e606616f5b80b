package io.deploytail.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The {@code deploytail-server} command. */
@Command(
        name = "deploytail-server",
        mixinStandardHelpOptions = true,
        subcommands = {BackupCommand.class, CallersCommand.Tokens.class, CallersCommand.Certificates.class},
        versionProvider = Main.Version.class,
        sortOptions = false,
        usageHelpWidth = 100,
        description = "Runs deploy commands for its callers and streams their output live, over gRPC.",
        footer = {
            "",
            "Says 'deploytail-server ready on HOST:PORT' on standard output once it serves, and with --web then 'web page on"
                    + " http://HOST:PORT/'; its own log goes to standard error. TERM or INT stops it; commands that run"
                    + " go on and are taken up again at the next start.",
            "Exit codes: 0 stopped, 1 could not start, 2 bad options."
        })
public final class Main implements Callable<Integer> {
    @Mixin
    private ServerOptions options = new ServerOptions();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Main() {}

    /** Runs the command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(Main::run)
                .setParameterExceptionHandler(Main::refuse);
    }

    /** The server's own options mean nothing to its subcommands, which have theirs. */
    private static int run(ParseResult line) {
        boolean hasOwnOptions =
                line.matchedOptions().stream().anyMatch(option -> !option.usageHelp() && !option.versionHelp());
        if (line.hasSubcommand() && hasOwnOptions) {
            throw new ParameterException(
                    line.commandSpec().commandLine(),
                    "the server's options mean nothing to '"
                            + line.subcommand().commandSpec().name() + "'; its own stand behind it");
        }
        return new CommandLine.RunLast().execute(line);
    }

    private static int refuse(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("deploytail-server: " + e.getMessage());
        err.println("Try 'deploytail-server --help'.");
        return CommandLine.ExitCode.USAGE;
    }

    @Override
    public Integer call() throws InterruptedException {
        options.check(spec.commandLine());
        if (options.isOpenToAnyone()) {
            logger().warn("whoever can reach this server from the network may run commands as its user, or read what"
                    + " its callers send: --let-anyone-who-can-reach-me-run-commands");
        }
        DeploytailServer server;
        try {
            server = DeploytailServer.start(options);
        } catch (StartException e) {
            spec.commandLine().getErr().println("deploytail-server: " + e.getMessage());
            return 1;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop"));
        spec.commandLine().getOut().println("deploytail-server ready on " + server.address());
        server.webPage().ifPresent(address -> spec.commandLine().getOut().println("web page on " + address));
        spec.commandLine().getOut().flush();
        server.beginToPrint(); // so that the lines above are the first
        new CountDownLatch(1).await(); // until a signal ends the JVM
        return 0;
    }

    private static Logger logger() {
        return LoggerFactory.getLogger(Main.class);
    }

    private static void stop(DeploytailServer server) {
        Logger logger = logger();
        try {
            server.close();
            logger.info("stopped");
        } catch (IOException e) {
            logger.error("could not stop cleanly", e);
        }
        System.out.flush();
        Runtime.getRuntime().halt(0); // a JVM ended by a signal would exit with 128 + its number
    }

    /** Tells the version by the jar's manifest. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"deploytail-server " + (version == null ? "(development)" : version)};
        }
    }
}
