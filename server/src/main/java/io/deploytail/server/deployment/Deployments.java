package io.deploytail.server.deployment;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What can be done with deployments: start, look at, follow, end, delete. Running ones are supervised here.
 *
 * <p>Thread-safe. Methods that ask storage may throw {@link StorageException}.
 */
public final class Deployments {
    private static final Duration SCHEDULING_RETRY = Duration.ofSeconds(1);
    private static final Duration RELEASE_LIMIT = Duration.ofSeconds(3);
    private static final Duration RELEASE_MARGIN = Duration.ofSeconds(2);

    private static final Logger logger = System.getLogger(Deployments.class.getName());

    private final RunServices services;
    private final Limits limits;
    private final Quotas quotas;
    private final Recipes recipes;
    private final String defaultWorkingDirectory;
    private final Consumer<Deployment> onEnded;
    private final Runnable onDeleted;
    private final Map<DeploymentId, SupervisedRun> running = new ConcurrentHashMap<>();
    private final Followers followers = new Followers();
    private final RunListener listener = new Listener();
    private final Doorbell scheduling;
    private final Wakeup schedulingRetry;

    /** Held for reading while a deployment is made RUNNING and taken into {@link #running}; for writing to stop that. */
    private final ReadWriteLock admission = new ReentrantReadWriteLock();

    @GuardedBy("admission")
    private boolean isStopping;

    /**
     * @param defaultWorkingDirectory for requests that name none; absolute
     * @param onEnded is told of each deployment that has ended, on the run's thread: it must be quick
     * @param onDeleted is run after each {@link #delete}: it must be quick
     */
    public Deployments(
            RunServices services,
            Limits limits,
            Quotas quotas,
            Recipes recipes,
            String defaultWorkingDirectory,
            Consumer<Deployment> onEnded,
            Runnable onDeleted) {
        this.services = requireNonNull(services);
        this.limits = requireNonNull(limits);
        this.quotas = requireNonNull(quotas);
        this.recipes = requireNonNull(recipes);
        this.defaultWorkingDirectory = requireNonNull(defaultWorkingDirectory);
        this.onEnded = requireNonNull(onEnded);
        this.onDeleted = requireNonNull(onDeleted);
        this.scheduling = new Doorbell(services.executor(), this::startWaiting);
        this.schedulingRetry = new Wakeup(services.timers(), scheduling::ring);
    }

    /**
     * Takes up every running deployment again where the log ends, starts what may start, and removes what is left of
     * runs that have ended. To be called once, soon; other calls may come before.
     */
    public void recover() {
        admission.writeLock().lock(); // no deployment is half made now
        try {
            Set<DeploymentId> taken = Set.copyOf(running.keySet()); // first, or one that ends now is taken up twice
            List<Deployment> unfinished = services.deployments().unfinished();
            Set<DeploymentId> ids = unfinished.stream().map(Deployment::id).collect(Collectors.toSet());
            services.launcher().discardAllBut(ids);
            for (Deployment deployment : unfinished) {
                if (deployment.state() == DeploymentState.RUNNING && !taken.contains(deployment.id())) {
                    supervise(deployment, false);
                }
            }
        } finally {
            admission.writeLock().unlock();
        }
        scheduling.ring();
    }

    /**
     * Records a deployment and starts it, or queues it. The same request id with the same content gets the same
     * deployment.
     *
     * @param request keeps to all {@link RequestRules}: {@link Access} has checked that
     * @param caller whose quota it counts for, also where it comes to nothing; but not where the same request came before
     * @throws LimitReachedException if the caller has started as many as it may
     * @throws WouldQueueException if it would have to wait and does not want to
     * @throws QueueFullException if it would have to wait and as many wait as may
     * @throws RequestIdReusedException if the request id belongs to a request with other content
     * @throws StoppingException if the server is stopping
     */
    Deployment start(DeployRequest request, Caller caller) {
        String workingDirectory =
                request.workingDirectory().isEmpty() ? defaultWorkingDirectory : request.workingDirectory();
        Optional<Deployment> earlier = request.requestId().isEmpty()
                ? Optional.empty()
                : services.deployments().findByRequest(request);
        return earlier.orElseGet(() -> admit(request, workingDirectory, caller));
    }

    private Deployment admit(DeployRequest request, String workingDirectory, Caller caller) {
        quotas.countStart(caller);
        Admission admission = admit(request, workingDirectory);
        if (!admission.isNew()) {
            quotas.forgetStart(caller);
        }
        return admission.deployment();
    }

    private Admission admit(DeployRequest request, String workingDirectory) {
        admission.readLock().lock();
        try {
            if (isStopping) {
                throw new StoppingException("the server is stopping and starts no more deployments; retry");
            }
            DeploymentId id = DeploymentId.create(services.clock().instant());
            // Before it is recorded: a deployment that waits must find its environment when its turn comes.
            prepare(id, request, workingDirectory);
            Admission admitted;
            try {
                admitted = services.deployments()
                        .admit(id, request, workingDirectory, services.clock().instant(), limits);
            } catch (RuntimeException e) {
                services.launcher().discard(id);
                throw e;
            }
            if (!admitted.isNew()) {
                services.launcher().discard(id);
            } else if (admitted.deployment().state() == DeploymentState.RUNNING) {
                supervise(admitted.deployment(), true);
            } else {
                scheduling.ring(); // a place may have become free meanwhile
            }
            return admitted;
        } finally {
            admission.readLock().unlock();
        }
    }

    private void prepare(DeploymentId id, DeployRequest request, String workingDirectory) {
        try {
            services.launcher().prepare(id, request, workingDirectory);
        } catch (IOException e) {
            throw new StorageException("cannot write a run directory", e);
        }
    }

    /** What may be run at the moment. */
    RecipeBook recipes() {
        return recipes.inForce();
    }

    /** How much each caller may have. */
    public Quotas quotas() {
        return quotas;
    }

    /**
     * What this caller sees of them and may do with them.
     *
     * @param origin from where it calls
     */
    public Access of(Caller caller, String origin) {
        return new Access(this, caller, origin);
    }

    /**
     * The deployment as it is now.
     *
     * @throws UnknownDeploymentException if there is none
     */
    public Deployment get(DeploymentId id) {
        return services.deployments().get(id);
    }

    /** A page of deployments, newest first. */
    public DeploymentPage list(DeploymentQuery query) {
        return services.deployments().list(query);
    }

    /** As {@link DeploymentStore#changes}. */
    public DeploymentChanges changes(long since, int limit) {
        return services.deployments().changes(since, limit);
    }

    /** As {@link DeploymentStore#lastChange}. */
    public long lastChange() {
        return services.deployments().lastChange();
    }

    /**
     * Records the wish to end a deployment and acts on it. Does nothing if it has ended or was told to end before.
     *
     * @param reason for people, may be empty
     * @param actor who wishes it
     * @throws InvalidRequestException if the reason breaks rules
     * @throws UnknownDeploymentException if there is none
     */
    public Deployment cancel(DeploymentId id, String reason, Actor actor) {
        RequestRules.checkCancelReason(reason);
        String message = reason.isEmpty() ? "Cancelled." : "Cancelled: " + reason;
        Deployment deployment = services.deployments()
                .requestStop(
                        id,
                        new Stop(EndReason.CANCELLED, services.clock().instant(), message, actor.name()),
                        actor.origin());
        SupervisedRun run = running.get(id);
        if (run != null) {
            deployment.stop().ifPresent(run::end);
        } else if (deployment.state().isFinal()) {
            services.launcher().kill(id); // it runs if the database is a copy from before it did
            services.launcher().discard(id);
            followers.ring(id);
            scheduling.ring();
        }
        return deployment;
    }

    /**
     * Deletes a deployment that has ended, with its log, for good, and returns it as it was.
     *
     * @throws UnknownDeploymentException if there is none
     * @throws NotEndedException if it has not ended
     */
    public Deployment delete(DeploymentId id, Actor actor) {
        Deployment deleted = services.deployments().delete(id, services.clock().instant(), actor);
        logger.log(Level.INFO, "deleted " + Retention.describe(deleted) + ": a caller wished so");
        onDeleted.run();
        return deleted;
    }

    /** As {@link LogStore#read}. */
    public LogSlice read(DeploymentId id, long offset, int maxBytes) {
        return services.logs().read(id, offset, maxBytes);
    }

    /** As {@link LogStore#tailOffset}. */
    public long tailOffset(DeploymentId id, long lines) {
        return services.logs().tailOffset(id, lines);
    }

    /** As {@link LogStore#lineOffset}. */
    public long lineOffset(DeploymentId id, long line) {
        return services.logs().lineOffset(id, line);
    }

    /** As {@link LogStore#lineAt}. */
    public long lineAt(DeploymentId id, long offset) {
        return services.logs().lineAt(id, offset);
    }

    /** How many deployments run here. */
    public int running() {
        return running.size();
    }

    /** The newest bytes of a log that is growing here. */
    public Optional<LogTail> tail(DeploymentId id) {
        return Optional.ofNullable(running.get(id)).map(SupervisedRun::tail);
    }

    /** For how long a command that runs here has written nothing. */
    public Optional<Duration> silence(DeploymentId id) {
        return Optional.ofNullable(running.get(id)).map(SupervisedRun::silence);
    }

    /**
     * Takes note of how much each command has written, however long storage takes with what came before: else it would
     * seem to have written nothing, and then all at once. To be called ten times a second. It wakes nobody: that output
     * is there, the run itself says.
     */
    public void lookAtOutput() {
        running.values().forEach(SupervisedRun::lookAtOutput);
    }

    /** Whom to ring when something happens to a deployment. */
    public Followers followers() {
        return followers;
    }

    /**
     * Starts no more deployments, commits what the running ones have written, and lets go of them. Their commands go
     * on. Returns when that is done, or after some seconds.
     */
    public void release() {
        admission.writeLock().lock();
        try {
            isStopping = true;
        } finally {
            admission.writeLock().unlock();
        }
        long deadlineNanos = System.nanoTime() + RELEASE_LIMIT.toNanos();
        CompletableFuture<?> released = CompletableFuture.allOf(
                running.values().stream().map(run -> run.release(deadlineNanos)).toArray(CompletableFuture<?>[]::new));
        try {
            released.get(RELEASE_LIMIT.plus(RELEASE_MARGIN).toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            logger.log(Level.WARNING, "some output was not committed in time; it is read at the next start", e);
        }
    }

    private void startWaiting() {
        admission.readLock().lock();
        try {
            if (isStopping) {
                return;
            }
            if (!services.launcher().hasRoom()) {
                schedulingRetry.in(SCHEDULING_RETRY); // or one after the other would fail to start
                return;
            }
            services.deployments()
                    .startWaiting(services.clock().instant(), limits)
                    .forEach(deployment -> supervise(deployment, true));
        } catch (StorageException e) {
            schedulingRetry.in(SCHEDULING_RETRY);
        } catch (RuntimeException e) {
            logger.log(Level.ERROR, "cannot start what is queued, will retry", e);
            schedulingRetry.in(SCHEDULING_RETRY);
        } finally {
            admission.readLock().unlock();
        }
        followers.ringEach(id -> !running.containsKey(id)); // places in line have changed
    }

    private void supervise(Deployment deployment, boolean isNew) {
        SupervisedRun run =
                new SupervisedRun(deployment, isNew, services, listener, () -> LogTail.share(running.size()));
        running.put(deployment.id(), run);
        run.start();
        followers.ring(deployment.id());
    }

    private final class Listener implements RunListener {
        @Override
        public void onLogGrew(DeploymentId id) {
            followers.ring(id);
        }

        @Override
        public void onEnded(Deployment ended) {
            running.remove(ended.id());
            followers.ring(ended.id());
            scheduling.ring();
            onEnded.accept(ended);
        }
    }
}
