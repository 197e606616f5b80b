package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A deployment in words. Whatever the text comes from, it controls no terminal. */
final class DeploymentText {
    private final Clock clock;
    private final Colours colours;

    DeploymentText(Clock clock, Colours colours) {
        this.clock = clock;
        this.colours = colours;
    }

    /** Where it stands in the queue, the place first: a status line may be cut. */
    static String place(Deployment deployment) {
        return "queued" + queue(deployment).map(place -> ", " + place).orElse("");
    }

    /** That it waits, and for what. */
    static String queued(Deployment deployment) {
        return "deployment " + Printable.of(deployment.id()) + " is queued" + holder(deployment, " behind ")
                + position(deployment);
    }

    /** Its place in the queue and who holds the target; empty if it does not wait. */
    static Optional<String> queue(Deployment deployment) {
        return deployment.queuePosition().isPresent()
                ? Optional.of("position " + deployment.queuePosition().getAsInt() + holder(deployment, ", behind "))
                : Optional.empty();
    }

    /** How it stands: one line with state, reason, duration and the size of its log. */
    String summary(Deployment deployment) {
        String line = "deployment " + Printable.of(deployment.id()) + " "
                + colours.paint(deployment.state().name(), deployment.state())
                + reason(deployment)
                + took(deployment).map(took -> ", " + took).orElse("")
                + ", log " + log(deployment);
        return line
                + deployment.message().map(text -> ": " + Printable.of(text)).orElse("");
    }

    /** Everything about it: a line for each thing that is known. */
    String block(Deployment deployment) {
        StringBuilder block = new StringBuilder();
        line(block, "deployment", deployment.id());
        block.append(label("state"))
                .append(colours.paint(deployment.state().name(), deployment.state()))
                .append(reason(deployment))
                .append('\n');
        deployment.message().ifPresent(text -> line(block, "message", text));
        queue(deployment).ifPresent(place -> line(block, "queue", place));
        deployment.target().ifPresent(target -> line(block, "target", target));
        deployment.recipe().ifPresent(recipe -> line(block, "recipe", recipe + parameters(deployment)));
        line(block, "command", Printable.command(deployment.command()));
        line(block, "directory", deployment.workingDirectory());
        if (!deployment.labels().isEmpty()) {
            line(block, "labels", labels(deployment.labels()));
        }
        deployment.startedBy().ifPresent(who -> line(block, "started by", who));
        line(block, "created", time(deployment.createTime()));
        deployment.startTime().ifPresent(time -> line(block, "started", time(time)));
        String by = deployment.cancelledBy().map(who -> " by " + who).orElse("");
        deployment.cancelTime().ifPresent(time -> line(block, "cancelled", time(time) + by));
        deployment.endTime().ifPresent(time -> line(block, "ended", time(time)));
        took(deployment).ifPresent(took -> line(block, "duration", took));
        deployment.expectedDuration().ifPresent(about -> line(block, "expected", "about " + DurationText.of(about)));
        line(block, "log", log(deployment) + lines(deployment) + checksum(deployment));
        return block.toString().stripTrailing();
    }

    /** How long it ran, or has been running; empty if it never started. */
    Optional<String> took(Deployment deployment) {
        return deployment.startTime().map(start -> {
            Duration took = Duration.between(start, deployment.endTime().orElseGet(clock::instant));
            // The clocks of two machines may differ.
            return DurationText.of(took.isNegative() ? Duration.ZERO : took);
        });
    }

    /** A time to the second, in UTC. */
    static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** A number of things, in words. */
    static String count(long number, String thing) {
        return String.format(Locale.ROOT, "%,d %s%s", number, thing, number == 1 ? "" : "s");
    }

    private static String position(Deployment deployment) {
        return deployment.queuePosition().isPresent()
                ? ", position " + deployment.queuePosition().getAsInt()
                : "";
    }

    private static String holder(Deployment deployment, String before) {
        return deployment.queueHolderId().map(id -> before + Printable.of(id)).orElse("");
    }

    private static String reason(Deployment deployment) {
        String exitCode = deployment.exitCode().isPresent()
                ? "exit code " + deployment.exitCode().getAsInt()
                : "";
        return deployment
                .endReason()
                .map(reason -> switch (reason) {
                    case EXITED -> ", " + exitCode;
                    case FAILED_TO_START -> ", FAILED_TO_START, " + exitCode;
                    case SIGNALLED ->
                        ", SIGNALLED, signal " + deployment.signal().orElse(0);
                    case CANCELLED -> "";
                    case TIMED_OUT, SILENT_TOO_LONG, INTERRUPTED, UNKNOWN -> ", " + reason.name();
                })
                .orElse("");
    }

    private static String log(Deployment deployment) {
        String size = count(deployment.logSize(), "byte");
        long missing = deployment.logMissingBytes();
        return missing == 0 ? size : size + String.format(Locale.ROOT, ", %,d of them missing", missing);
    }

    private static String lines(Deployment deployment) {
        return ", " + count(deployment.lineCount(), "line");
    }

    private static String checksum(Deployment deployment) {
        return deployment.logCrc32c().isPresent()
                ? String.format(", CRC-32C %08x", deployment.logCrc32c().getAsLong())
                : "";
    }

    private static String labels(Map<String, String> labels) {
        return new TreeMap<>(labels)
                .entrySet().stream()
                        .map(label -> label.getKey() + "=" + label.getValue())
                        .collect(Collectors.joining(", "));
    }

    private static String parameters(Deployment deployment) {
        return new TreeMap<>(deployment.parameters())
                .entrySet().stream()
                        .map(each -> " " + each.getKey() + "=" + each.getValue())
                        .collect(Collectors.joining());
    }

    private static void line(StringBuilder block, String label, String text) {
        block.append(label(label)).append(Printable.of(text)).append('\n');
    }

    private static String label(String label) {
        return String.format("%-11s ", label);
    }
}
