package io.deploytail.server;

import io.deploytail.server.deployment.AuditTrail;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentStore;
import io.deploytail.server.deployment.Deployments;
import io.deploytail.server.deployment.EndNotices;
import io.deploytail.server.deployment.Messenger;
import io.deploytail.server.deployment.NoticeDelivery;
import io.deploytail.server.deployment.Quotas;
import io.deploytail.server.deployment.Retention;
import io.deploytail.server.deployment.RunServices;
import io.deploytail.server.deployment.StorageException;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.deployment.WatchedDeploymentStore;
import io.deploytail.server.deployment.Watchers;
import io.deploytail.server.grpc.Authentication;
import io.deploytail.server.grpc.DeployGrpcService;
import io.deploytail.server.grpc.DeploymentJson;
import io.deploytail.server.grpc.EndedCalls;
import io.deploytail.server.metrics.Counters;
import io.deploytail.server.metrics.DiskState;
import io.deploytail.server.metrics.Gauges;
import io.deploytail.server.process.DetachedLauncher;
import io.deploytail.server.process.ShellMessenger;
import io.deploytail.server.security.AuditLog;
import io.deploytail.server.security.ServerTls;
import io.deploytail.server.storage.Durability;
import io.deploytail.server.storage.NewerSchemaException;
import io.deploytail.server.storage.SqliteStorage;
import io.deploytail.server.web.CallersOnly;
import io.deploytail.server.web.HealthPage;
import io.deploytail.server.web.MetricsPage;
import io.deploytail.server.web.Page;
import io.deploytail.server.web.Site;
import io.deploytail.server.web.WebServer;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A server that serves. Thread-safe. */
public final class DeploytailServer implements Closeable {
    private static final int CAPTURE_THREADS = 8;
    private static final int FOLLOWER_THREADS = 4;
    private static final int CALL_THREADS = 8;
    private static final int PAGE_THREADS = 4;
    private static final int BEATS_PER_INTERVAL = 4;
    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);
    private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(2);
    private static final Duration AS_FINE_AS_TIMES_ARE_STORED = Duration.ofMillis(1);
    private static final Duration FIRST_RETENTION = Duration.ofSeconds(1);

    private final String address;
    private final Optional<WebServer> web;
    private final FinishedLogPrinter logPrinter;
    private final ResourceStack resources;

    private DeploytailServer(
            String address, Optional<WebServer> web, FinishedLogPrinter logPrinter, ResourceStack resources) {
        this.address = address;
        this.web = web;
        this.logPrinter = logPrinter;
        this.resources = resources;
    }

    /**
     * Opens the data directory, takes up what runs there, and serves.
     *
     * @throws StartException if that can't be had as the options ask for it
     */
    public static DeploytailServer start(ServerOptions options) {
        return start(options, Clock.systemUTC(), ConnectionBounds.standard());
    }

    static DeploytailServer start(ServerOptions options, Clock clock, ConnectionBounds bounds) {
        ResourceStack resources = new ResourceStack();
        try {
            return start(options, clock, bounds, resources);
        } catch (IOException | UncheckedIOException | StorageException | NewerSchemaException e) {
            resources.closeAfter(e);
            throw new StartException("cannot start: " + e.getMessage() + rootCause(e), e);
        } catch (RuntimeException e) {
            resources.closeAfter(e);
            throw e;
        }
    }

    private static DeploytailServer start(
            ServerOptions options, Clock clock, ConnectionBounds bounds, ResourceStack resources) throws IOException {
        DataDirectory directory = resources.add(DataDirectory.take(options.dataDir()));
        Health health = new Health();
        Optional<PrometheusRegistry> registry = options.web().map(unused -> new PrometheusRegistry());
        Optional<Counters> counters = registry.map(Counters::new);
        Tally tally = counters.isPresent() ? counters.get() : Tally.NONE;
        SqliteStorage storage =
                SqliteStorage.open(directory.database(), options.durability(), health.part("database"), tally);
        resources.add(storage::close);

        Optional<ServerTls> tls = options.tls();
        // Before the launcher and the pools, so that it closes after them: what still runs there may write to it.
        Door door = resources.add(Door.to(options.listen(), tls, options.maxConnections()));
        DetachedLauncher launcher = resources.add(
                DetachedLauncher.open(directory.runs(), options.spoolLimit(), options.durability() == Durability.FULL));
        ScheduledExecutorService timers = Workers.timers("timer");
        ScheduledExecutorService looks = Workers.timers("look"); // apart: it keeps time while others wait for storage
        ScheduledExecutorService checks = Workers.timers("check"); // apart: a disk that stalls keeps it waiting
        ThreadPoolExecutor captures = Workers.pool("capture", CAPTURE_THREADS);
        ThreadPoolExecutor followers = Workers.pool("follower", FOLLOWER_THREADS);
        ThreadPoolExecutor calls = Workers.pool("call", CALL_THREADS);
        ThreadPoolExecutor printer = Workers.pool("log-printer", 1);
        ThreadPoolExecutor cleaner = Workers.pool("retention", 1);
        resources.add(Workers.closing(cleaner));
        ThreadPoolExecutor auditor = Workers.pool("audit", 1);
        resources.add(Workers.closing(auditor));
        resources.add(Workers.closing(printer));
        resources.add(Workers.closing(calls));
        resources.add(Workers.closing(followers));
        resources.add(Workers.closing(captures));
        resources.add(Workers.closing(checks));
        resources.add(Workers.closing(looks));
        resources.add(Workers.closing(timers));

        FinishedLogPrinter logPrinter = new FinishedLogPrinter(storage.logs(), System.out, printer);
        Consumer<Deployment> onEnded = options.printLogs() ? logPrinter::print : ended -> {};
        Clock times = Clock.tick(clock, AS_FINE_AS_TIMES_ARE_STORED);
        AuditTrail audit = storage.audit(auditor, AuditLog::write);
        OperatorFiles files = OperatorFiles.read(options, tls, audit, times);
        Watchers watchers = new Watchers();
        DeploymentStore store = new WatchedDeploymentStore(
                storage.deployments(options.onFinish().map(unused -> DeploymentJson::of), AuditLog::write), watchers);
        Retention retention = new Retention(options.retention(), store, storage.space(), times, cleaner, timers);
        resources.add(retention::stop);
        Optional<NoticeDelivery> delivery = options.onFinish()
                .map(command -> delivery(new ShellMessenger(command), storage.endNotices(), times, timers, resources));
        delivery.ifPresent(notices -> watchers.add(notices::ring));
        Deployments deployments = new Deployments(
                new RunServices(
                        launcher,
                        store,
                        storage.logs(),
                        times,
                        captures,
                        timers,
                        options.gracePeriod(),
                        options.logLimit(),
                        tally),
                options.limits(),
                new Quotas(options.maxStartsPerCaller(), options.maxStreamsPerCaller(), System::nanoTime),
                files.recipes(),
                Path.of("").toAbsolutePath().toString(),
                onEnded,
                retention::ring);
        DeployGrpcService service = new DeployGrpcService(
                deployments, watchers, followers, options.heartbeatInterval(), tally, files.identities());
        Duration beat = options.heartbeatInterval().dividedBy(BEATS_PER_INTERVAL);
        resources.add(Workers.repeating(timers, "sending heartbeats", service::beat, beat, beat));
        resources.add(Workers.repeating(
                timers, "looking for what to delete", retention::ring, FIRST_RETENTION, options.retentionInterval()));
        RunsCheck runsCheck = new RunsCheck(launcher, health.part("run directories"));
        runsCheck.run();
        resources.add(Workers.repeating(checks, "looking for room", runsCheck, CHECK_INTERVAL, CHECK_INTERVAL));
        resources.add(
                Workers.repeating(checks, "looking for changed files", files::check, CHECK_INTERVAL, CHECK_INTERVAL));
        resources.add(
                Workers.repeating(looks, "looking at output", deployments::lookAtOutput, LOOK_INTERVAL, LOOK_INTERVAL));

        NettyServerBuilder builder = door.builder()
                .executor(calls)
                .addService(ServerInterceptors.intercept(service, new Authentication(files.identities(), audit, times)))
                .addService(health.service());
        if (options.reflection()) {
            builder.addService(ProtoReflectionServiceV1.newInstance()).addService(reflectionV1Alpha());
        }
        bounds.applyTo(builder);
        counters.ifPresent(counting -> builder.addStreamTracerFactory(new EndedCalls(counting::callEnded)));
        Server server = builder.build();
        resources.add(() -> stop(server));
        files.onCallersChange(service::recheck);
        Optional<WebServer> web = Optional.empty();
        if (registry.isPresent()) {
            ThreadPoolExecutor disk = Workers.pool("disk-state", 1);
            resources.add(Workers.closing(disk));
            ThreadPoolExecutor pages = Workers.pool("page", PAGE_THREADS);
            resources.add(Workers.closing(pages));
            DiskState onDisk = new DiskState(store, storage.space(), directory.runs(), times, disk);
            Site site = new Site(
                    deployments,
                    watchers,
                    times,
                    pages,
                    followers,
                    timers,
                    options.heartbeatInterval(),
                    tally,
                    files.identities(),
                    audit);
            files.onCallersChange(site::recheck);
            resources.add(Workers.repeating(timers, "keeping pages alive", site::beat, beat, beat));
            Gauges.register(
                    registry.get(),
                    deployments::running,
                    () -> service.followers() + site.followers(),
                    () -> Math.max(service.maxFollowerLag(), site.maxFollowerLag()),
                    onDisk);
            JvmMetrics.builder().register(registry.get());
            Map<String, Page> plain = Map.of(
                    "/healthz", new HealthPage(List::of),
                    "/readyz", new HealthPage(health::faults),
                    "/metrics", new CallersOnly(files.identities(), new MetricsPage(registry.get(), onDisk::refresh)));
            web = Optional.of(resources.add(WebServer.start(
                    options.web().orElseThrow(),
                    tls.filter(unused -> !ListenAddress.isLocal(options.web().orElseThrow()))
                            .map(ServerTls::context),
                    options.webHosts(),
                    plain,
                    site)));
        }
        resources.add(() -> {
            health.stopping();
            deployments.release();
            service.stopStreams();
        });
        health.up();
        server.start(); // before anything else happens: the address may be taken
        door.open();
        delivery.ifPresent(NoticeDelivery::ring);
        deployments.recover();
        return new DeploytailServer(door.address(server), web, logPrinter, resources);
    }

    private static NoticeDelivery delivery(
            Messenger messenger,
            EndNotices notices,
            Clock clock,
            ScheduledExecutorService timers,
            ResourceStack resources) {
        ThreadPoolExecutor messengers = Workers.pool("messenger", NoticeDelivery.MAX_AT_ONCE);
        resources.add(Workers.closing(messengers));
        NoticeDelivery delivery = new NoticeDelivery(notices, messenger, clock, messengers, timers);
        resources.add(delivery::stop);
        return delivery;
    }

    private static String rootCause(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.equals(failure) ? "" : ": " + root.getMessage();
    }

    @SuppressWarnings("deprecation") // for clients that know no other version
    private static BindableService reflectionV1Alpha() {
        return ProtoReflectionService.newInstance();
    }

    private static void stop(Server server) {
        server.shutdown();
        try {
            if (!server.awaitTermination(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** Where it serves, as {@code HOST:PORT} or {@code unix:PATH}. */
    public String address() {
        return address;
    }

    /** The address of the web page, {@code http://HOST:PORT/} or {@code https://HOST:PORT/}; empty if there is none. */
    public Optional<String> webPage() {
        return web.map(serving -> serving.scheme() + "://" + ListenAddress.format(serving.address()) + "/");
    }

    /** Lets finished logs be printed, if the options ask for them; those of what has ended before wait for this. */
    void beginToPrint() {
        logPrinter.begin();
    }

    /**
     * Stops: takes no more deployments, commits what the running ones have written, tells the followers where to
     * resume. Commands go on. Takes some seconds at most, and does nothing the second time.
     */
    @Override
    public synchronized void close() throws IOException {
        resources.close();
    }
}
