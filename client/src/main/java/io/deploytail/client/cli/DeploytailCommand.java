package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import io.deploytail.client.DeploymentQuery;
import io.deploytail.client.DeploytailClient;
import io.deploytail.client.RetryPolicy;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code deploytail}: what its subcommands have in common. */
@Command(
        name = "deploytail",
        description = "Runs deploy commands on a server and follows their output live.",
        versionProvider = DeploytailCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n")
final class DeploytailCommand implements Callable<Integer> {
    static final String LATEST = "latest";

    private final CliContext context;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Mixin
    private final ConnectionOptions connection = new ConnectionOptions();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help and exit.")
    @SuppressWarnings("unused") // read by picocli
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version and exit.")
    @SuppressWarnings("unused") // read by picocli
    private boolean version;

    private DeploytailCommand(CliContext context) {
        this.context = context;
    }

    /** There was no command. */
    @Override
    public Integer call() {
        String commands = String.join(", ", spec.subcommands().keySet());
        throw new ParameterException(spec.commandLine(), "which command? There are " + commands);
    }

    /** Runs a command line. Returns the code to exit with; throws nothing. */
    static int execute(CliContext context, String... args) {
        return commandLine(context, args).execute(args);
    }

    private static CommandLine commandLine(CliContext context, String... args) {
        DeploytailCommand root = new DeploytailCommand(context);
        CommandLine commandLine = new CommandLine(root);
        addSubcommands(commandLine, root, args);
        commandLine
                .getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(ExitCode.table());
        CliErrors errors = new CliErrors(root);
        return commandLine
                .setExpandAtFiles(false) // '@name' is an argument of the command to run, not a file of ours
                .setOut(new PrintWriter(new OutputStreamWriter(context.out(), StandardCharsets.UTF_8)))
                .setErr(new PrintWriter(new OutputStreamWriter(context.err(), StandardCharsets.UTF_8)))
                .setColorScheme(Help.defaultColorScheme(context.outColours() == Colours.ANSI ? Ansi.ON : Ansi.OFF))
                .setParameterExceptionHandler(errors)
                .setExecutionExceptionHandler(errors);
    }

    /** Adds the one that the line begins with, else all, which takes a tenth of the time that a short command needs. */
    private static void addSubcommands(CommandLine commandLine, DeploytailCommand root, String... args) {
        Map<String, Supplier<Object>> all = new LinkedHashMap<>();
        all.put(RunCommand.NAME, () -> startsCommand(new RunCommand(root)));
        all.put(StartCommand.NAME, () -> startsCommand(new StartCommand(root)));
        all.put(LogsCommand.NAME, () -> new LogsCommand(root));
        all.put(ListCommand.NAME, () -> new ListCommand(root));
        all.put(ShowCommand.NAME, () -> new ShowCommand(root));
        all.put(CancelCommand.NAME, () -> new CancelCommand(root));
        all.put(DeleteCommand.NAME, () -> new DeleteCommand(root));
        all.put(RecipesCommand.NAME, () -> new RecipesCommand(root));
        all.put(CompletionCommand.NAME, () -> new CompletionCommand(root));
        String first = args.length == 0 ? "" : args[0];
        if (all.containsKey(first) && !first.equals(CompletionCommand.NAME)) { // which completes the names of all
            commandLine.addSubcommand(all.get(first).get());
        } else {
            all.values().forEach(command -> commandLine.addSubcommand(command.get()));
        }
    }

    /** What follows the program on such a command line is the program's own, with or without {@code --}. */
    private static CommandLine startsCommand(Object command) {
        return new CommandLine(command).setStopAtPositional(true);
    }

    CliContext context() {
        return context;
    }

    CommandLine commandLine() {
        return spec.commandLine();
    }

    /** A client of the server that the user named. To be closed by the command. */
    DeploytailClient connect(RetryPolicy retryPolicy) {
        try {
            return connection
                    .client(context.environment(), context.clients())
                    .retryPolicy(retryPolicy)
                    .build();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLineOfUser(), e.getMessage(), e);
        }
    }

    /** Of the subcommand that was given: its help has more than ours. */
    private CommandLine commandLineOfUser() {
        ParseResult given = commandLine().getParseResult();
        return (given.hasSubcommand() ? given.subcommand() : given)
                .commandSpec()
                .commandLine();
    }

    DeploytailClient connect() {
        return connect(context.retryPolicy());
    }

    /** A command line that goes on reading this log, for the user to copy. */
    String resumeCommand(String deploymentId, OptionalLong offset) {
        return "deploytail logs " + Printable.of(deploymentId)
                + (offset.isPresent() ? " --from-offset " + offset.getAsLong() : "")
                + connection.again();
    }

    /** The id that the user means by an id or by {@code latest}. */
    String resolve(DeploytailClient client, String idOrLatest) {
        return idOrLatest.equals(LATEST) ? latest(client).id() : idOrLatest;
    }

    /** The deployment that the user means by an id or by {@code latest}. */
    Deployment find(DeploytailClient client, String idOrLatest) {
        return idOrLatest.equals(LATEST) ? latest(client) : client.get(idOrLatest);
    }

    private static Deployment latest(DeploytailClient client) {
        DeploymentQuery newest = DeploymentQuery.builder().pageSize(1).build();
        return client.list(newest).deployments().stream().findFirst().orElseThrow(NoDeploymentException::new);
    }

    /** There is no latest deployment, because there is none at all. */
    static final class NoDeploymentException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Asks the jar for its version. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                    .orElse("(unpackaged)");
            return new String[] {"deploytail " + version};
        }
    }
}
