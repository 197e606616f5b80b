package io.deploytail.server;

import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.RetentionLimits;
import io.deploytail.server.deployment.RunServices;
import io.deploytail.server.process.DetachedLauncher;
import io.deploytail.server.security.ServerTls;
import io.deploytail.server.storage.Durability;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What can be set about a server, from the command line or the environment. Immutable once parsed. */
public final class ServerOptions {
    private static final Duration MIN_HEARTBEAT = Duration.ofMillis(100);

    /** With the time from one look to the next, a quarter of it, this is the 10 s that the API promises. */
    private static final Duration MAX_HEARTBEAT = Duration.ofSeconds(8);

    private static final Duration MIN_KEEP_FOR = Duration.ofSeconds(1);
    private static final Duration MAX_RETENTION_INTERVAL = Duration.ofMinutes(1);

    /** An empty database is smaller. */
    private static final long MIN_KEEP_SIZE = 1 << 20;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT|unix:PATH",
            defaultValue = "${env:DEPLOYTAIL_LISTEN:-127.0.0.1:50051}",
            converter = ListenAddress.OrUnixConverter.class,
            description = {
                "Where to serve; port 0 takes a free one. A Unix domain socket is its owner's only. An address that is not"
                        + " loopback needs TLS and callers.",
                "Default: 127.0.0.1:50051. Environment: DEPLOYTAIL_LISTEN"
            })
    private SocketAddress listen = new InetSocketAddress(0);

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            defaultValue = "${env:DEPLOYTAIL_TLS_CERT}",
            description = {
                "The server's certificate and those between it and the root, in PEM: then it speaks TLS, but not on a Unix"
                        + " socket, and over HTTP off loopback only. Read anew when it changes.",
                "Default: none. Environment: DEPLOYTAIL_TLS_CERT"
            })
    private @Nullable Path tlsCert;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            defaultValue = "${env:DEPLOYTAIL_TLS_KEY}",
            description = {
                "The certificate's key, in PKCS #8 PEM without a password. Read anew when it changes.",
                "Default: none. Environment: DEPLOYTAIL_TLS_KEY"
            })
    private @Nullable Path tlsKey;

    @Option(
            names = "--client-ca",
            paramLabel = "FILE",
            defaultValue = "${env:DEPLOYTAIL_CLIENT_CA}",
            description = {
                "Whose client certificates are good, in PEM: a caller with 'certificate add' may then show one instead of a"
                        + " token. Read anew when it changes.",
                "Default: none. Environment: DEPLOYTAIL_CLIENT_CA"
            })
    private @Nullable Path clientCa;

    @Option(
            names = "--callers",
            paramLabel = "FILE",
            defaultValue = "${env:DEPLOYTAIL_CALLERS}",
            description = {
                "Who may call, and what is allowed to each, as 'deploytail-server token add' writes it. Read anew when it"
                        + " changes. Without it whoever reaches the server may do everything.",
                "Default: none. Environment: DEPLOYTAIL_CALLERS"
            })
    private @Nullable Path callers;

    @Option(
            names = "--recipes",
            paramLabel = "FILE",
            defaultValue = "${env:DEPLOYTAIL_RECIPES}",
            description = {
                "A YAML file that says what may be run. Callers then choose among that, and run commands of their own only"
                        + " where the file lets their role. Read anew when it changes.",
                "Default: none. Environment: DEPLOYTAIL_RECIPES"
            })
    private @Nullable Path recipes;

    @Option(
            names = "--no-reflection",
            fallbackValue = "true",
            defaultValue = "${env:DEPLOYTAIL_NO_REFLECTION:-false}",
            description = {
                "Do not tell callers, or whoever else asks, what the API is.",
                "Default: off. Environment: DEPLOYTAIL_NO_REFLECTION=true"
            })
    private boolean noReflection;

    @Option(
            names = "--let-anyone-who-can-reach-me-run-commands",
            fallbackValue = "true",
            defaultValue = "${env:DEPLOYTAIL_LET_ANYONE_WHO_CAN_REACH_ME_RUN_COMMANDS:-false}",
            description = {
                "Serve off loopback without TLS or without callers. Do not.",
                "Default: off. Environment: DEPLOYTAIL_LET_ANYONE_WHO_CAN_REACH_ME_RUN_COMMANDS=true"
            })
    private boolean letAnyone;

    @Option(
            names = "--web",
            paramLabel = "HOST:PORT",
            defaultValue = "${env:DEPLOYTAIL_WEB}",
            converter = ListenAddress.Converter.class,
            description = {
                "Where to answer HTTP as well: the web page, /metrics, /healthz and /readyz. Port 0 takes a free one. An"
                        + " address that is not loopback needs TLS and callers.",
                "Default: off. Environment: DEPLOYTAIL_WEB"
            })
    private @Nullable InetSocketAddress web;

    @Option(
            names = "--web-host",
            paramLabel = "NAME",
            split = ",",
            defaultValue = "${env:DEPLOYTAIL_WEB_HOST}",
            description = {
                "A further name by which HTTP may be asked for, besides those of loopback: a reverse proxy's. May be given"
                        + " more than once, or several with commas between.",
                "Default: none. Environment: DEPLOYTAIL_WEB_HOST"
            })
    private List<String> webHosts = List.of();

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            defaultValue = "${env:DEPLOYTAIL_DATA_DIR:-./deploytail-data}",
            description = {
                "Holds the database, deploytail.db, and runs/, the running commands' directories.",
                "Default: ./deploytail-data. Environment: DEPLOYTAIL_DATA_DIR"
            })
    private Path dataDir = Path.of("");

    @Option(
            names = "--max-running",
            paramLabel = "N",
            defaultValue = "${env:DEPLOYTAIL_MAX_RUNNING:-100}",
            description = {
                "How many deployments run at once, at most; more are queued.",
                "Default: 100. Environment: DEPLOYTAIL_MAX_RUNNING"
            })
    private int maxRunning;

    @Option(
            names = "--max-queued",
            paramLabel = "N",
            defaultValue = "${env:DEPLOYTAIL_MAX_QUEUED:-1000}",
            description = {
                "How many deployments wait, at most; more are refused.",
                "Default: 1000. Environment: DEPLOYTAIL_MAX_QUEUED"
            })
    private int maxQueued;

    @Option(
            names = "--max-starts-per-caller",
            paramLabel = "N",
            defaultValue = "${env:DEPLOYTAIL_MAX_STARTS_PER_CALLER:-600}",
            description = {
                "How many deployments each of --callers may start, or try to, at once, and a minute on"
                        + " average; more are refused.",
                "Default: 600. Environment: DEPLOYTAIL_MAX_STARTS_PER_CALLER"
            })
    private int maxStartsPerCaller;

    @Option(
            names = "--max-streams-per-caller",
            paramLabel = "N",
            defaultValue = "${env:DEPLOYTAIL_MAX_STREAMS_PER_CALLER:-1000}",
            description = {
                "How many logs and lists each of --callers may follow at once; more are refused.",
                "Default: 1000. Environment: DEPLOYTAIL_MAX_STREAMS_PER_CALLER"
            })
    private int maxStreamsPerCaller;

    @Option(
            names = "--max-connections",
            paramLabel = "N",
            defaultValue = "${env:DEPLOYTAIL_MAX_CONNECTIONS:-2000}",
            description = {
                "How many connections may be open at --listen; whoever comes then is hung up on. Each takes a file"
                        + " descriptor, which commands need as well.",
                "Default: 2000. Environment: DEPLOYTAIL_MAX_CONNECTIONS"
            })
    private int maxConnections;

    @Option(
            names = "--log-limit",
            paramLabel = "SIZE",
            defaultValue = "${env:DEPLOYTAIL_LOG_LIMIT:-1GiB}",
            converter = ByteSize.Converter.class,
            description = {
                "How much of one deployment's log is kept: its beginning and, where it is longer, its newest bytes, 256KiB"
                        + " or more. The command goes on. At least 1MiB.",
                "Default: 1GiB. Environment: DEPLOYTAIL_LOG_LIMIT"
            })
    private long logLimit;

    @Option(
            names = "--spool-limit",
            paramLabel = "SIZE",
            defaultValue = "${env:DEPLOYTAIL_SPOOL_LIMIT:-1GiB}",
            converter = ByteSize.Converter.class,
            description = {
                "How much of one deployment's output may wait on disk to be committed, while the server is down, say: its"
                        + " beginning and, where it is longer, its newest bytes. The command goes on. At least 64MiB.",
                "Default: 1GiB. Environment: DEPLOYTAIL_SPOOL_LIMIT"
            })
    private long spoolLimit;

    @Option(
            names = "--grace-period",
            paramLabel = "TIME",
            defaultValue = "${env:DEPLOYTAIL_GRACE_PERIOD:-10s}",
            converter = TimeSpan.Converter.class,
            description = {
                "How long a command may take to end after TERM before it gets KILL: 500ms, 10s, 2m.",
                "Default: 10s. Environment: DEPLOYTAIL_GRACE_PERIOD"
            })
    private Duration gracePeriod = Duration.ZERO;

    @Option(
            names = "--heartbeat-interval",
            paramLabel = "TIME",
            defaultValue = "${env:DEPLOYTAIL_HEARTBEAT_INTERVAL:-5s}",
            converter = TimeSpan.Converter.class,
            description = {
                "After how long without output a follower gets a sign of life, 100ms to 8s.",
                "Default: 5s. Environment: DEPLOYTAIL_HEARTBEAT_INTERVAL"
            })
    private Duration heartbeatInterval = Duration.ZERO;

    @Option(
            names = "--durability",
            paramLabel = "normal|full",
            defaultValue = "${env:DEPLOYTAIL_DURABILITY:-normal}",
            description = {
                "What is committed survives a kill at any moment. With 'full' also a power cut: every commit then waits"
                        + " for the disk, which makes lines later, and far fewer of them possible.",
                "Default: normal. Environment: DEPLOYTAIL_DURABILITY"
            })
    private Durability durability = Durability.NORMAL;

    @Option(
            names = "--keep-for",
            paramLabel = "TIME",
            defaultValue = "${env:DEPLOYTAIL_KEEP_FOR:-90d}",
            converter = TimeSpan.OrForever.class,
            description = {
                "Delete deployments, with their logs, that ended longer ago than this: 12h, 90d, or 'forever'.",
                "Default: 90d. Environment: DEPLOYTAIL_KEEP_FOR"
            })
    private Duration keepFor = Duration.ZERO;

    @Option(
            names = "--keep-size",
            paramLabel = "SIZE",
            defaultValue = "${env:DEPLOYTAIL_KEEP_SIZE:-10GiB}",
            converter = ByteSize.OrUnlimited.class,
            description = {
                "Delete deployments, those first that ended first, while the database takes more than this: 500MiB,"
                        + " 10GiB, or 'unlimited'.",
                "Default: 10GiB. Environment: DEPLOYTAIL_KEEP_SIZE"
            })
    private long keepSize;

    @Option(
            names = "--print-logs",
            fallbackValue = "true", // or picocli would turn it off where the environment turns it on
            defaultValue = "${env:DEPLOYTAIL_PRINT_LOGS:-false}",
            description = {
                "Print each deployment's log to standard output when it has ended, in one piece.",
                "Default: off. Environment: DEPLOYTAIL_PRINT_LOGS=true"
            })
    private boolean printLogs;

    @Option(
            names = "--on-finish",
            paramLabel = "CMD",
            defaultValue = "${env:DEPLOYTAIL_ON_FINISH:-}",
            description = {
                "Run this shell command for each deployment that has ended, with the deployment as a line of JSON on its"
                        + " standard input. Until it exits with 0 it is run again, for a day, also after a restart.",
                "Default: none. Environment: DEPLOYTAIL_ON_FINISH"
            })
    private String onFinish = "";

    /**
     * Reads options as they stand on a command line.
     *
     * @throws CommandLine.ParameterException if there is anything wrong with them
     */
    public static ServerOptions parse(String... args) {
        ServerOptions options = new ServerOptions();
        CommandLine line = new CommandLine(CommandLine.Model.CommandSpec.forAnnotatedObject(options));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.parseArgs(args);
        options.check(line);
        return options;
    }

    /** Throws a {@link CommandLine.ParameterException} if values are out of range. */
    void check(CommandLine line) {
        if (maxRunning < 1) {
            throw new CommandLine.ParameterException(line, "--max-running must be at least 1");
        }
        if (maxQueued < 0) {
            throw new CommandLine.ParameterException(line, "--max-queued must not be negative");
        }
        if (maxStartsPerCaller < 1) {
            throw new CommandLine.ParameterException(line, "--max-starts-per-caller must be at least 1");
        }
        if (maxStreamsPerCaller < 1) {
            throw new CommandLine.ParameterException(line, "--max-streams-per-caller must be at least 1");
        }
        if (maxConnections < 1) {
            throw new CommandLine.ParameterException(line, "--max-connections must be at least 1");
        }
        if (logLimit < RunServices.MIN_LOG_LIMIT) {
            throw new CommandLine.ParameterException(line, "--log-limit must be at least 1MiB");
        }
        if (spoolLimit < DetachedLauncher.MIN_SPOOL_LIMIT) {
            throw new CommandLine.ParameterException(line, "--spool-limit must be at least 64MiB");
        }
        if (heartbeatInterval.compareTo(MIN_HEARTBEAT) < 0 || heartbeatInterval.compareTo(MAX_HEARTBEAT) > 0) {
            throw new CommandLine.ParameterException(line, "--heartbeat-interval must be from 100ms to 8s");
        }
        if (keepFor.compareTo(MIN_KEEP_FOR) < 0) {
            throw new CommandLine.ParameterException(line, "--keep-for must be at least 1s");
        }
        if (keepSize < MIN_KEEP_SIZE) {
            throw new CommandLine.ParameterException(line, "--keep-size must be at least 1MiB");
        }
        if ((tlsCert == null) != (tlsKey == null)) {
            throw new CommandLine.ParameterException(line, "--tls-cert and --tls-key belong together");
        }
        if (clientCa != null && (tlsCert == null || callers == null)) {
            throw new CommandLine.ParameterException(
                    line,
                    "--client-ca needs --tls-cert and --tls-key, and --callers, which says what is allowed to whom");
        }
        requireGuards(line, "--listen", listen);
        if (web != null) {
            requireGuards(line, "--web", web);
        }
    }

    private void requireGuards(CommandLine line, String option, SocketAddress address) {
        if (!isSafe(address) && !letAnyone) {
            throw new CommandLine.ParameterException(
                    line,
                    option + " " + ListenAddress.format(address)
                            + " is not a loopback address. There the server needs TLS"
                            + " (--tls-cert, --tls-key) and to know its callers (--callers): whoever reached it could run"
                            + " commands here, or read everything on the way. Or listen on 127.0.0.1, [::1] or"
                            + " unix:PATH and let callers come through a tunnel (ssh -L, say).");
        }
    }

    private boolean isSafe(SocketAddress address) {
        return ListenAddress.isLocal(address) || (tlsCert != null && callers != null);
    }

    /** Whether it serves off loopback without TLS or without knowing its callers, because the operator wants that. */
    public boolean isOpenToAnyone() {
        return !isSafe(listen) || (web != null && !isSafe(web));
    }

    /** Where to serve: an internet address, whose port 0 means any free one, or a Unix domain socket. */
    public SocketAddress listen() {
        return listen;
    }

    /** The server's certificate and key, and whom client certificates are signed by. */
    public Optional<ServerTls> tls() {
        return tlsCert == null || tlsKey == null
                ? Optional.empty()
                : Optional.of(new ServerTls(tlsCert, tlsKey, Optional.ofNullable(clientCa)));
    }

    /** The file that says who may call. */
    public Optional<Path> callers() {
        return Optional.ofNullable(callers);
    }

    /** The file that says what may be run. */
    public Optional<Path> recipes() {
        return Optional.ofNullable(recipes);
    }

    /** Whether it tells what its API is. */
    public boolean reflection() {
        return !noReflection;
    }

    /** Where to answer HTTP, if at all; port 0 means any free one. */
    public Optional<InetSocketAddress> web() {
        return Optional.ofNullable(web);
    }

    /** By which names HTTP is asked for, besides those of loopback. */
    public Set<String> webHosts() {
        return Set.copyOf(webHosts);
    }

    /** Where the database and the run directories are. */
    public Path dataDir() {
        return dataDir;
    }

    /** How many deployments may run and wait. */
    public Limits limits() {
        return new Limits(maxRunning, maxQueued);
    }

    /** How many deployments each caller may start a minute. */
    public int maxStartsPerCaller() {
        return maxStartsPerCaller;
    }

    /** How many streams each caller may have open. */
    public int maxStreamsPerCaller() {
        return maxStreamsPerCaller;
    }

    /** How many connections may be open. */
    public int maxConnections() {
        return maxConnections;
    }

    /** How many bytes of one log are kept. */
    public long logLimit() {
        return logLimit;
    }

    /** How many bytes of one run's output may wait to be committed. */
    public long spoolLimit() {
        return spoolLimit;
    }

    /** How long a command may take to end after TERM. */
    public Duration gracePeriod() {
        return gracePeriod;
    }

    /** After how long without output a follower gets a heartbeat. */
    public Duration heartbeatInterval() {
        return heartbeatInterval;
    }

    /** How much of what has ended is kept. */
    public RetentionLimits retention() {
        return new RetentionLimits(
                keepFor.equals(TimeSpan.FOREVER) ? Optional.empty() : Optional.of(keepFor),
                keepSize == ByteSize.UNLIMITED ? OptionalLong.empty() : OptionalLong.of(keepSize));
    }

    /** How often to look for what need not be kept any more: so often that a short time is kept to as well. */
    public Duration retentionInterval() {
        return keepFor.compareTo(MAX_RETENTION_INTERVAL) < 0 ? keepFor : MAX_RETENTION_INTERVAL;
    }

    /** What a commit outlives. */
    public Durability durability() {
        return durability;
    }

    /** Whether finished logs are printed. */
    public boolean printLogs() {
        return printLogs;
    }

    /** The shell command that tells others of each end. */
    public Optional<String> onFinish() {
        return Optional.of(onFinish).filter(command -> !command.isBlank());
    }
}
