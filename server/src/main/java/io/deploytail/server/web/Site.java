package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.Actor;
import io.deploytail.server.deployment.AuditEntry;
import io.deploytail.server.deployment.AuditTrail;
import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.Deployments;
import io.deploytail.server.deployment.Identities;
import io.deploytail.server.deployment.InvalidRequestException;
import io.deploytail.server.deployment.LimitReachedException;
import io.deploytail.server.deployment.NotAllowedException;
import io.deploytail.server.deployment.OffsetOutOfRangeException;
import io.deploytail.server.deployment.StorageException;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.deployment.UnknownDeploymentException;
import io.deploytail.server.deployment.Watchers;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** The pages, and what is behind their addresses. Thread-safe. */
public final class Site implements Page {
    private static final int MAX_STREAMS = 2000;

    /** So many requests are answered, or wait for it, at once. */
    private static final int MAX_WAITING = 200;

    private static final Pattern ASSET = Pattern.compile("/assets/([a-z.]+)");
    private static final Pattern DEPLOYMENT = Pattern.compile("/deployments/([0-9a-f-]{1,64})(/[a-z/]+)?");
    private static final String CANCEL_REASON = "from the web page";

    private static final Logger logger = System.getLogger(Site.class.getName());

    private final Deployments deployments;
    private final Watchers watchers;
    private final Clock clock;
    private final Executor pages;
    private final Executor executor;
    private final ScheduledExecutorService timers;
    private final Duration heartbeatInterval;
    private final Tally tally;
    private final Templates templates = new Templates();
    private final Assets assets = new Assets();
    private final SharedRows rows;
    private final Identities identities;
    private final AuditTrail audit;
    private final Visitors visitors;
    private final Login login;
    private final Semaphore places = new Semaphore(MAX_WAITING);
    private final Set<PacedResponse> streams = ConcurrentHashMap.newKeySet();

    /**
     * A site whose streams get a heartbeat after this time without an event, if {@link #beat} is called more often than
     * that.
     *
     * @param watchers rung after each change among the deployments
     * @param pages answers requests; may block on storage, which the threads that serve HTTP must not
     * @param executor runs what streams need; may block on storage
     * @param timers only rings
     * @param tally told of what is sent of logs
     * @param audit told of requests that are refused
     */
    public Site(
            Deployments deployments,
            Watchers watchers,
            Clock clock,
            Executor pages,
            Executor executor,
            ScheduledExecutorService timers,
            Duration heartbeatInterval,
            Tally tally,
            Identities identities,
            AuditTrail audit) {
        this.deployments = requireNonNull(deployments);
        this.watchers = requireNonNull(watchers);
        this.clock = requireNonNull(clock);
        this.pages = requireNonNull(pages);
        this.executor = requireNonNull(executor);
        this.timers = requireNonNull(timers);
        this.heartbeatInterval = requireNonNull(heartbeatInterval);
        this.tally = requireNonNull(tally);
        this.rows = new SharedRows(templates, clock);
        this.identities = requireNonNull(identities);
        this.visitors = new Visitors(identities);
        this.audit = requireNonNull(audit);
        this.login = new Login(visitors, templates, clock, audit);
    }

    /** Sends heartbeats where they are due. */
    public void beat() {
        streams.forEach(PacedResponse::ring);
    }

    /** Cuts off those whose rights have changed: they come again, and it is seen again what they may see. */
    public void recheck() {
        streams.forEach(this::recheck);
    }

    /** How many pages follow a log. */
    public long followers() {
        return logFollowers().count();
    }

    /** How many bytes of its log the slowest of them has yet to be sent; 0 if there is none. */
    public long maxFollowerLag() {
        return logFollowers().mapToLong(DeploymentEvents::lag).max().orElse(0);
    }

    private Stream<DeploymentEvents> logFollowers() {
        return streams.stream().filter(DeploymentEvents.class::isInstance).map(DeploymentEvents.class::cast);
    }

    @Override
    public void answer(Request request, Response response, Callback callback) {
        Exchange exchange = new Exchange(request, response, callback);
        if (!places.tryAcquire()) {
            refuse(exchange, 503, "The server is busy. Try again.");
            return;
        }
        pages.execute(() -> {
            try {
                answer(exchange);
            } finally {
                places.release();
            }
        });
    }

    private void answer(Exchange exchange) {
        try {
            route(exchange);
        } catch (RefusedException e) {
            refuse(exchange, e.status(), e.message());
        } catch (UnknownDeploymentException e) {
            refuse(exchange, 404, sentence(e));
        } catch (NotAllowedException e) {
            record(exchange, "PERMISSION_DENIED", e);
            refuse(exchange, 403, sentence(e));
        } catch (LimitReachedException e) {
            record(exchange, "RESOURCE_EXHAUSTED", e);
            Duration roundedUp = e.retryAfter().plusSeconds(1).minusNanos(1);
            exchange.with("Retry-After", Long.toString(roundedUp.toSeconds()));
            refuse(exchange, 429, sentence(e));
        } catch (InvalidRequestException | OffsetOutOfRangeException e) {
            refuse(exchange, 400, sentence(e));
        } catch (HttpException.RuntimeException e) {
            refuse(exchange, e.getCode(), "The request can't be read.");
        } catch (StorageException e) {
            refuse(exchange, 503, "The database can't be read at the moment. Try again.");
        } catch (RuntimeException e) {
            logger.log(Level.ERROR, "could not answer a request", e);
            refuse(exchange, 500, "Something went wrong here. The server's log has more.");
        }
    }

    private void record(Exchange exchange, String result, RuntimeException e) {
        String caller = visitors.identify(exchange.request()).map(Caller::name).orElse("");
        audit.record(AuditEntry.of(
                clock.instant(),
                new Actor(caller, exchange.origin()),
                exchange.method() + " " + exchange.path(),
                result,
                String.valueOf(e.getMessage())));
    }

    private static String sentence(RuntimeException e) {
        String message = String.valueOf(e.getMessage());
        return Character.toUpperCase(message.charAt(0)) + message.substring(1) + ".";
    }

    private void refuse(Exchange exchange, int status, String message) {
        if (exchange.wantsHtml()) {
            PageHead head = new PageHead("Not to be had", exchange.root(), "cancelled.svg", "", clock.millis(), "");
            exchange.answer(status, Exchange.HTML, templates.message(head, message));
        } else {
            exchange.answer(status, Exchange.TEXT, message + "\n");
        }
    }

    private void route(Exchange exchange) {
        Matcher asset = ASSET.matcher(exchange.path());
        if (asset.matches()) {
            requireReading(exchange);
            assets.find(asset.group(1)).orElseThrow(RefusedException::notFound).send(exchange);
        } else if (exchange.path().equals("/login")) {
            login.logIn(exchange);
        } else if (exchange.path().equals("/logout")) {
            login.logOut(exchange);
        } else {
            visitors.identify(exchange.request())
                    .ifPresentOrElse(
                            caller -> route(exchange, deployments.of(caller, exchange.origin())),
                            () -> login.ask(exchange));
        }
    }

    private void route(Exchange exchange, Access access) {
        String path = exchange.path();
        Matcher deployment = DEPLOYMENT.matcher(path);
        if (deployment.matches()) {
            String rest = deployment.group(2) == null ? "" : deployment.group(2);
            DeploymentId id = id(deployment.group(1));
            if (rest.equals("/cancel")) {
                cancel(exchange, id, access);
            } else {
                requireReading(exchange);
                answer(exchange, id, rest, access);
            }
            return;
        }
        requireReading(exchange);
        if (path.equals("/")) {
            exchange.with("Cache-Control", "no-store")
                    .answer(200, Exchange.HTML, templates.deploymentsPage(list(ListFilter.of(exchange), access)));
        } else if (path.equals("/events")) {
            ListFilter filter = ListFilter.of(exchange);
            begin(
                    exchange,
                    access,
                    () -> new ListEvents(
                            exchange,
                            executor,
                            heartbeatInterval,
                            this::forget,
                            access,
                            watchers,
                            rows,
                            timers,
                            filter));
        } else {
            throw RefusedException.notFound();
        }
    }

    private static DeploymentId id(String text) {
        if (!DeploymentId.isValid(text)) {
            throw new UnknownDeploymentException(text);
        }
        return new DeploymentId(text);
    }

    private static void requireReading(Exchange exchange) {
        if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.with("Allow", "GET, HEAD");
            throw new RefusedException(405, "This can only be read.");
        }
    }

    private DeploymentListView list(ListFilter filter, Access access) {
        return new DeploymentListView(filter, access.list(filter.query()), clock.instant(), access);
    }

    private void answer(Exchange exchange, DeploymentId id, String rest, Access access) {
        Deployment deployment = access.get(id);
        exchange.with("Cache-Control", "no-store");
        switch (rest) {
            case "" -> exchange.answer(200, Exchange.HTML, templates.deploymentPage(view(deployment, access)));
            case "/log" -> sendLog(exchange, access, deployment);
            case "/log/slice" -> exchange.answer(200, Exchange.JSON, window(exchange, id, new LogWindows(access)));
            case "/log/find" -> exchange.answer(200, Exchange.JSON, find(exchange, id, new LogFinder(access)));
            case "/events" -> follow(exchange, deployment, access);
            default -> throw RefusedException.notFound();
        }
    }

    private DeploymentView view(Deployment deployment, Access access) {
        return new DeploymentView(deployment, clock.instant(), access);
    }

    private static String window(Exchange exchange, DeploymentId id, LogWindows windows) {
        return exchange.number("before")
                .map(offset -> windows.before(id, offset))
                .or(() -> exchange.number("after").map(offset -> windows.after(id, offset)))
                .or(() -> exchange.number("line").map(line -> windows.around(id, line)))
                .orElseGet(() -> windows.tail(id));
    }

    private static String find(Exchange exchange, DeploymentId id, LogFinder finder) {
        String text = exchange.parameter("text")
                .filter(wanted -> wanted.length() <= LogFinder.MAX_TEXT_LENGTH)
                .orElseThrow(() -> RefusedException.badRequest(
                        "text must have 1 to " + LogFinder.MAX_TEXT_LENGTH + " characters"));
        long from = exchange.number("from").orElse(0L);
        return finder.find(id, text, from, exchange.parameter("up").orElse("").equals("true"));
    }

    private void follow(Exchange exchange, Deployment deployment, Access access) {
        long from = exchange.header("Last-Event-ID")
                .flatMap(Site::offset)
                .or(() -> exchange.number("from"))
                .orElse(0L);
        if (from > deployment.log().size()) {
            throw new OffsetOutOfRangeException(from, deployment.log().size());
        }
        begin(
                exchange,
                access,
                () -> new DeploymentEvents(
                        exchange,
                        executor,
                        heartbeatInterval,
                        this::forget,
                        access,
                        templates,
                        clock,
                        tally,
                        deployment.id(),
                        from));
    }

    private static Optional<Long> offset(String text) {
        return text.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }

    private void begin(Exchange exchange, Access access, Supplier<EventStream> maker) {
        if (exchange.method().equals("HEAD")) {
            throw RefusedException.badRequest("A stream can't be asked for its headers alone.");
        }
        EventStream stream = track(access.caller(), maker);
        try {
            stream.start();
        } catch (RuntimeException | Error e) {
            forget(stream);
            throw e;
        }
        recheck(stream); // its rights may have changed since it was let in
    }

    private void sendLog(Exchange exchange, Access access, Deployment deployment) {
        RawLog log = track(access.caller(), () -> RawLog.of(exchange, executor, this::forget, access, deployment));
        log.begin();
        recheck(log);
    }

    /** Makes a stream if there is a place for it: before that is known, the stream sets no header. */
    private <S extends PacedResponse> S track(Caller caller, Supplier<S> maker) {
        if (streams.size() >= MAX_STREAMS) {
            throw new RefusedException(503, "As many pages are open as the server can keep up to date.");
        }
        deployments.quotas().openStream(caller);
        S stream;
        try {
            stream = maker.get();
        } catch (RuntimeException | Error e) {
            deployments.quotas().closeStream(caller);
            throw e;
        }
        streams.add(stream);
        return stream;
    }

    private void recheck(PacedResponse stream) {
        if (!identities.knows(stream.caller())) {
            stream.cutOff();
        }
    }

    private void forget(PacedResponse stream) {
        if (streams.remove(stream)) {
            deployments.quotas().closeStream(stream.caller());
        }
    }

    /**
     * Another site can make a browser send a form here, but not a header of this name, and browsers of today say where a
     * request comes from.
     */
    private void cancel(Exchange exchange, DeploymentId id, Access access) {
        if (!exchange.method().equals("POST")) {
            exchange.with("Allow", "POST");
            throw new RefusedException(405, "To cancel is a POST.");
        }
        boolean isFromHere = exchange.header("HX-Request").isPresent()
                && exchange.header("Sec-Fetch-Site").orElse("same-origin").equals("same-origin");
        if (!isFromHere) {
            throw new RefusedException(403, "This can only be done from the deployment's page.");
        }
        exchange.answer(200, Exchange.HTML, templates.summary(view(access.cancel(id, CANCEL_REASON), access)));
    }
}
