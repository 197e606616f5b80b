package io.deploytail.server.storage;

import io.deploytail.server.deployment.Actor;
import io.deploytail.server.deployment.Admission;
import io.deploytail.server.deployment.AuditEntry;
import io.deploytail.server.deployment.Backlog;
import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentChanges;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.DeploymentPage;
import io.deploytail.server.deployment.DeploymentQuery;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.DeploymentStore;
import io.deploytail.server.deployment.EndReason;
import io.deploytail.server.deployment.Limits;
import io.deploytail.server.deployment.NotEndedException;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.QueueFullException;
import io.deploytail.server.deployment.RequestIdReusedException;
import io.deploytail.server.deployment.Stop;
import io.deploytail.server.deployment.Tally;
import io.deploytail.server.deployment.WouldQueueException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The record of all deployments in SQLite. Thread-safe. */
final class SqliteDeploymentStore implements DeploymentStore {
    /** How many of those that were deleted are remembered. */
    static final int KNOWN_DELETIONS = 100_000;

    private static final char UNIT_SEPARATOR = 31;

    private static final String BY_REQUEST = """
            SELECT deployment_no, deployment_id, request_fingerprint FROM deployments WHERE request_id = ?""";

    private static final String COUNT = "SELECT count(*) FROM deployments WHERE state = ?";

    private static final String IS_LINE_BUSY = """
            SELECT EXISTS (SELECT 1 FROM deployments WHERE state = 'QUEUED' AND target = ?1)
                OR EXISTS (SELECT 1 FROM deployments WHERE state = 'RUNNING' AND target = ?1 AND target <> '')""";

    private static final String INSERT = """
            INSERT INTO deployments (
              deployment_id, target, state, create_time, start_time, timeout_ms, silence_timeout_ms, request_id,
              request_fingerprint, working_directory, labels, command, expected_duration_ms, started_by, recipe,
              parameters, change_no)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, %s)
            RETURNING deployment_no""".formatted(Changes.NEXT);

    private static final String INSERT_LABEL = """
            INSERT INTO deployment_labels (deployment_no, name, value) VALUES (?, ?, ?)""";

    /** Who is first in the line of a target. */
    private static final String HOLDER = """
            SELECT deployment_id FROM deployments
            WHERE target = ? AND target <> '' AND state IN ('RUNNING', 'QUEUED')
            ORDER BY state = 'QUEUED', deployment_no LIMIT 1""";

    /** Those that need nothing but a free place: all without a target, and the first in the line of a free target. */
    private static final String READY = """
            SELECT deployment_no FROM deployments AS d
            WHERE state = 'QUEUED' AND (target = '' OR NOT EXISTS (
              SELECT 1 FROM deployments AS r WHERE r.state = 'RUNNING' AND r.target = d.target AND r.target <> ''
              UNION ALL
              SELECT 1 FROM deployments AS w
              WHERE w.state = 'QUEUED' AND w.target = d.target AND w.deployment_no < d.deployment_no))
            ORDER BY deployment_no
            LIMIT max(?, 0)""";

    private static final String START = """
            UPDATE deployments
            SET state = 'RUNNING', start_time = max(?, create_time), expected_duration_ms = ?, change_no = %s
            WHERE deployment_no = ?""".formatted(Changes.NEXT);

    private static final String RECORD_STOP = """
            UPDATE deployments
            SET stop_reason = ?, stop_time = max(?, coalesce(start_time, create_time)), stop_message = ?, stop_by = ?,
              change_no = %s
            WHERE deployment_no = ?""".formatted(Changes.NEXT);

    private static final String END = """
            UPDATE deployments
            SET state = ?, end_reason = ?, exit_code = ?, signal = ?, message = ?,
              end_time = max(?, coalesce(stop_time, start_time, create_time)), change_no = %s
            WHERE deployment_no = ?""".formatted(Changes.NEXT);

    private static final String DELETE_LABELS = "DELETE FROM deployment_labels WHERE deployment_no = ?";

    private static final String DELETE = "DELETE FROM deployments WHERE deployment_no = ?";

    private static final String REMEMBER = """
            INSERT INTO deleted_deployments (deployment_no, deployment_id, target, delete_time, change_no)
            VALUES (?, ?, ?, ?, %s)""".formatted(Changes.NEXT);

    /** Those that were deleted before so many others; but what is not yet purged would never be. */
    private static final String FORGET = """
            DELETE FROM deleted_deployments
            WHERE deletion_no <= (SELECT max(deletion_no) FROM deleted_deployments) - %d AND is_purged = 1""".formatted(KNOWN_DELETIONS);

    private static final String FIRST_ENDED =
            DeploymentRows.SELECT + "WHERE d.end_time IS NOT NULL ORDER BY d.end_time, d.deployment_no LIMIT 1";

    private static final String BACKLOG = "SELECT count(*), min(create_time) FROM deployments WHERE state = 'QUEUED'";

    private static final String UNFINISHED =
            DeploymentRows.SELECT + "WHERE d.state IN ('QUEUED', 'RUNNING') ORDER BY d.deployment_no";

    private final WritingConnection writing;
    private final ReadingConnections reading;
    private final Tally tally;
    private final Optional<Function<Deployment, String>> noticeOfEnd;
    private final Consumer<AuditEntry> audit;

    /**
     * @param tally told of each end
     * @param noticeOfEnd makes what is told of it to others; empty if nothing is
     * @param audit told of each entry of the audit log that is committed here
     */
    SqliteDeploymentStore(
            WritingConnection writing,
            ReadingConnections reading,
            Tally tally,
            Optional<Function<Deployment, String>> noticeOfEnd,
            Consumer<AuditEntry> audit) {
        this.writing = writing;
        this.reading = reading;
        this.tally = tally;
        this.noticeOfEnd = noticeOfEnd;
        this.audit = audit;
    }

    @Override
    public Admission admit(
            DeploymentId id, DeployRequest request, String workingDirectory, Instant now, Limits limits) {
        String fingerprint = RequestFingerprint.of(request);
        return audited((session, entries) -> {
            Optional<Deployment> known = findByRequest(session, request, fingerprint);
            if (known.isPresent()) {
                return new Admission(known.get(), false);
            }
            boolean starts = mayStart(session, request.target(), limits);
            if (!starts && request.noQueue()) {
                throw new WouldQueueException(
                        request.target(),
                        session.first(HOLDER, row -> new DeploymentId(row.getString(1)), request.target()));
            }
            if (!starts && count(session, DeploymentState.QUEUED) >= limits.maxQueued()) {
                throw new QueueFullException(limits.maxQueued());
            }
            long number = insert(session, id, request, fingerprint, workingDirectory, now, starts);
            Deployment made = DeploymentRows.get(session, number);
            entries.add(AuditEntry.done(now, request.actor(), "start", made, starts ? "" : "queued"));
            return new Admission(made, true);
        });
    }

    /** Commits work together with what it adds to the audit log, and then tells of the latter. */
    private <T> T audited(AuditedWork<T> work) {
        List<AuditEntry> entries = new ArrayList<>();
        T result = writing.write(session -> {
            entries.clear(); // this may be another attempt
            T done = work.in(session, entries);
            for (AuditEntry entry : entries) {
                AuditRows.add(session, entry);
            }
            return done;
        });
        entries.forEach(audit);
        return result;
    }

    private static boolean mayStart(Session session, String target, Limits limits) throws SQLException {
        boolean isLineBusy =
                session.first(IS_LINE_BUSY, row -> row.getBoolean(1), target).orElseThrow();
        boolean isSomebodyFirst = !session.all(READY, row -> row.getLong(1), 1).isEmpty();
        return !isLineBusy && !isSomebodyFirst && count(session, DeploymentState.RUNNING) < limits.maxRunning();
    }

    private static int count(Session session, DeploymentState state) throws SQLException {
        return session.first(COUNT, row -> row.getInt(1), state.name()).orElseThrow();
    }

    private static long insert(
            Session session,
            DeploymentId id,
            DeployRequest request,
            String fingerprint,
            String workingDirectory,
            Instant now,
            boolean starts)
            throws SQLException {
        boolean hasRequestId = !request.requestId().isEmpty();
        String time = TimeText.of(now);
        long number = session.first(
                        INSERT,
                        row -> row.getLong(1),
                        id.text(),
                        request.target(),
                        (starts ? DeploymentState.RUNNING : DeploymentState.QUEUED).name(),
                        time,
                        starts ? time : null,
                        milliseconds(request.timeout()),
                        milliseconds(request.silenceTimeout()),
                        hasRequestId ? key(request) : null,
                        hasRequestId ? fingerprint : null,
                        workingDirectory,
                        JsonText.of(request.labels()),
                        JsonText.of(request.command()),
                        Expectation.of(session, request.target()),
                        request.actor().name(),
                        request.recipe(),
                        JsonText.of(request.parameters()))
                .orElseThrow();
        for (Map.Entry<String, String> label : request.labels().entrySet()) {
            session.update(INSERT_LABEL, number, label.getKey(), label.getValue());
        }
        return number;
    }

    @Override
    public List<Deployment> startWaiting(Instant now, Limits limits) {
        return writing.write(session -> {
            int free = limits.maxRunning() - count(session, DeploymentState.RUNNING);
            List<Deployment> started = new ArrayList<>();
            for (long number : session.all(READY, row -> row.getLong(1), free)) {
                String target = DeploymentRows.get(session, number).target();
                session.update(START, TimeText.of(now), Expectation.of(session, target), number);
                Changes.moveLine(session, target);
                started.add(DeploymentRows.get(session, number));
            }
            return started;
        });
    }

    @Override
    public Deployment requestStop(DeploymentId id, Stop stop, String origin) {
        return change(id, (session, deployment, entries) -> {
            if (deployment.state().isFinal() || deployment.stop().isPresent()) {
                return deployment;
            }
            long number = deployment.number();
            if (stop.reason() == EndReason.CANCELLED) {
                Actor actor = new Actor(stop.by(), origin);
                entries.add(AuditEntry.done(stop.time(), actor, "cancel", deployment, stop.message()));
            }
            session.update(
                    RECORD_STOP, stop.reason().name(), TimeText.of(stop.time()), stop.message(), stop.by(), number);
            return deployment.state() == DeploymentState.QUEUED
                    ? end(session, deployment, Outcome.of(EndReason.CANCELLED, stop.message()), stop.time())
                    : DeploymentRows.get(session, number);
        });
    }

    @Override
    public Deployment finish(DeploymentId id, Outcome outcome, Instant now) {
        return change(id, (session, deployment, entries) -> finish(session, deployment, outcome, now));
    }

    @Override
    public Deployment finishUnlessStopped(DeploymentId id, Outcome outcome, Instant now) {
        return change(
                id,
                (session, deployment, entries) ->
                        deployment.stop().isPresent() ? deployment : finish(session, deployment, outcome, now));
    }

    /** Commits a change of a deployment, counts it if it has ended by that, and returns it as it is then. */
    private Deployment change(DeploymentId id, Change change) {
        Transition transition = audited((session, entries) -> {
            Deployment before = DeploymentRows.existing(session, id);
            return new Transition(before, change.of(session, before, entries));
        });
        Deployment after = transition.after();
        if (!transition.before().state().isFinal()) {
            after.outcome().ifPresent(outcome -> tally.ended(outcome.state(), outcome.reason()));
        }
        return after;
    }

    private Deployment finish(Session session, Deployment deployment, Outcome outcome, Instant now)
            throws SQLException {
        if (deployment.state().isFinal()) {
            return deployment;
        }
        Outcome lasting = deployment.stop().map(outcome::after).orElse(outcome);
        return end(session, deployment, lasting, now);
    }

    private Deployment end(Session session, Deployment deployment, Outcome outcome, Instant time) throws SQLException {
        session.update(
                END,
                outcome.state().name(),
                outcome.reason().name(),
                nullable(outcome.exitCode()),
                nullable(outcome.signal()),
                outcome.message(),
                TimeText.of(time),
                deployment.number());
        Changes.moveLine(session, deployment.target());
        Deployment ended = DeploymentRows.get(session, deployment.number());
        if (noticeOfEnd.isPresent()) {
            SqliteEndNotices.add(session, ended, noticeOfEnd.get().apply(ended));
        }
        return ended;
    }

    @Override
    public Deployment delete(DeploymentId id, Instant now, Actor actor) {
        return audited((session, entries) -> {
            Deployment deployment = DeploymentRows.existing(session, id);
            if (!deployment.state().isFinal()) {
                throw new NotEndedException(id, deployment.state());
            }
            // While the last change is known.
            session.update(REMEMBER, deployment.number(), id.text(), deployment.target(), TimeText.of(now));
            session.update(DELETE_LABELS, deployment.number());
            session.update(DELETE, deployment.number());
            session.update(FORGET);
            entries.add(AuditEntry.done(now, actor, "delete", deployment, ""));
            return deployment;
        });
    }

    @Override
    public Optional<Deployment> find(DeploymentId id) {
        return reading.read(session -> DeploymentRows.find(session, id));
    }

    @Override
    public Deployment get(DeploymentId id) {
        return reading.read(session -> DeploymentRows.existing(session, id));
    }

    @Override
    public Optional<Deployment> findByRequest(DeployRequest request) {
        String fingerprint = RequestFingerprint.of(request);
        return reading.read(session -> findByRequest(session, request, fingerprint));
    }

    private static Optional<Deployment> findByRequest(Session session, DeployRequest request, String fingerprint)
            throws SQLException {
        Optional<KnownRequest> known = session.first(
                BY_REQUEST, row -> new KnownRequest(row.getLong(1), row.getString(2), row.getString(3)), key(request));
        if (known.isEmpty()) {
            return Optional.empty();
        }
        if (!known.get().fingerprint().equals(fingerprint)) {
            throw new RequestIdReusedException(
                    request.requestId(), new DeploymentId(known.get().deploymentId()));
        }
        return Optional.of(DeploymentRows.get(session, known.get().deploymentNumber()));
    }

    /** No request id has a control character, so no two callers have the same key. */
    private static String key(DeployRequest request) {
        return request.actor().name().isEmpty()
                ? request.requestId()
                : request.actor().name() + UNIT_SEPARATOR + request.requestId();
    }

    @Override
    public DeploymentPage list(DeploymentQuery query) {
        return reading.read(session -> new DeploymentSearch(session, query).page());
    }

    @Override
    public DeploymentChanges changes(long since, int limit) {
        return reading.read(session -> Changes.since(session, since, limit));
    }

    @Override
    public long lastChange() {
        return reading.read(Changes::last);
    }

    @Override
    public Backlog backlog() {
        return reading.read(session -> session.first(
                        BACKLOG, row -> new Backlog(row.getInt(1), TimeText.parseNullable(row.getString(2))))
                .orElseThrow());
    }

    @Override
    public List<Deployment> unfinished() {
        return reading.read(session -> session.all(UNFINISHED, DeploymentRows::read));
    }

    @Override
    public Optional<Deployment> firstEnded() {
        return reading.read(session -> session.first(FIRST_ENDED, DeploymentRows::read));
    }

    private static @Nullable Long milliseconds(Optional<Duration> duration) {
        return duration.map(Duration::toMillis).orElse(null);
    }

    private static @Nullable Integer nullable(OptionalInt number) {
        return number.isPresent() ? number.getAsInt() : null;
    }

    /** Makes of a deployment what it returns. */
    private interface Change {
        Deployment of(Session session, Deployment deployment, List<AuditEntry> entries) throws SQLException;
    }

    /** {@link Work} that adds entries to the audit log. */
    private interface AuditedWork<T> {
        T in(Session session, List<AuditEntry> entries) throws SQLException;
    }

    private record Transition(Deployment before, Deployment after) {}

    private record KnownRequest(long deploymentNumber, String deploymentId, String fingerprint) {}
}
