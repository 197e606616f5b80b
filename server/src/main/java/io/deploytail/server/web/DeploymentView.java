package io.deploytail.server.web;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Access;
import io.deploytail.server.deployment.Deployment;
import io.deploytail.server.deployment.DeploymentState;
import io.deploytail.server.deployment.Outcome;
import io.deploytail.server.deployment.QueuePlace;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A deployment in the words of the pages. */
public final class DeploymentView {
    private static final String SCRIPT = "deployment.js";
    private static final String ROOT = "../";

    private final Deployment deployment;
    private final Instant now;
    private final Access access;

    /** @param access of whoever looks at it */
    DeploymentView(Deployment deployment, Instant now, Access access) {
        this.deployment = requireNonNull(deployment);
        this.now = requireNonNull(now);
        this.access = requireNonNull(access);
    }

    public PageHead head() {
        return new PageHead(
                title(),
                ROOT,
                icon(),
                SCRIPT,
                now.toEpochMilli(),
                access.caller().name());
    }

    public String id() {
        return deployment.id().text();
    }

    /** Its state as a word, which is also the name of a style. */
    public String state() {
        return deployment.state().name().toLowerCase(Locale.ROOT);
    }

    public boolean isRunning() {
        return deployment.state() == DeploymentState.RUNNING;
    }

    public boolean isFinal() {
        return deployment.state().isFinal();
    }

    public boolean canBeCancelled() {
        return !isFinal() && access.mayCancel(deployment);
    }

    /** How the recipe that it was started by was filled in; empty if there is none. */
    public String recipe() {
        StringJoiner words = new StringJoiner(" ");
        if (!deployment.recipe().isEmpty()) {
            words.add(deployment.recipe());
        }
        new TreeMap<>(deployment.parameters()).forEach((name, value) -> words.add(name + "=" + value));
        return words.toString();
    }

    /** Who started it; empty if that has no name. */
    public String startedBy() {
        return deployment.startedBy();
    }

    /** Who cancelled it; empty if nobody with a name did. */
    public String cancelledBy() {
        return deployment.cancelledBy();
    }

    /** For the tab. */
    public String title() {
        String sign = switch (deployment.state()) {
            case QUEUED -> "○";
            case RUNNING -> "●";
            case SUCCEEDED -> "✓";
            case FAILED -> "✗";
            case CANCELLED -> "–";
        };
        return sign + " " + state() + ": " + (target().isEmpty() ? command() : target());
    }

    /** The asset for the tab. */
    public String icon() {
        return state() + ".svg";
    }

    public String target() {
        return deployment.target();
    }

    public String command() {
        return Amounts.command(deployment.command());
    }

    public Map<String, String> labels() {
        return new TreeMap<>(deployment.labels());
    }

    /** When it was started or, before that, recorded. */
    public Moment began() {
        return new Moment(deployment.startTime().orElse(deployment.createTime()));
    }

    public @Nullable Moment started() {
        return deployment.startTime().map(Moment::new).orElse(null);
    }

    public @Nullable Moment ended() {
        return deployment.endTime().map(Moment::new).orElse(null);
    }

    /** In milliseconds of the epoch. */
    public long startMillis() {
        return deployment.startTime().orElse(now).toEpochMilli();
    }

    /** From its start until its end or now; empty if it has not started. */
    public String duration() {
        return deployment
                .startTime()
                .map(start -> Amounts.duration(
                        Duration.between(start, deployment.endTime().orElse(now))))
                .orElse("");
    }

    public boolean hasExpectation() {
        return isRunning() && deployment.expectedDuration().isPresent();
    }

    public String expected() {
        return Amounts.duration(deployment.expectedDuration().orElseThrow());
    }

    public long expectedMillis() {
        return Math.max(1, deployment.expectedDuration().orElseThrow().toMillis());
    }

    public String logSize() {
        return Amounts.size(deployment.log().size());
    }

    /** How it has ended, or why it is about to; else empty. */
    public String ending() {
        String how = deployment.outcome().map(DeploymentView::describe).orElse("");
        String message = deployment.message();
        return how.isEmpty() || message.isEmpty() ? how + message : how + ". " + message;
    }

    private static String describe(Outcome outcome) {
        return switch (outcome.reason()) {
            case EXITED -> "exit code " + outcome.exitCode().orElseThrow();
            case SIGNALLED -> "ended by signal " + outcome.signal().orElseThrow();
            case FAILED_TO_START -> "could not be started";
            case TIMED_OUT -> "timed out";
            case SILENT_TOO_LONG -> "silent for too long";
            case CANCELLED -> "cancelled";
            case INTERRUPTED -> "interrupted";
        };
    }

    /** Its place in the queue; empty if it is in none. */
    public String queue() {
        return deployment
                .queuePlace()
                .map(place -> place.holder().isPresent() || !target().isEmpty()
                        ? "as number " + place.position() + " for " + target()
                        : "for a free place")
                .orElse("");
    }

    /** The id of the deployment that it waits for; empty if there is none. */
    public String holder() {
        return deployment
                .queuePlace()
                .flatMap(QueuePlace::holder)
                .map(id -> id.text())
                .orElse("");
    }
}
