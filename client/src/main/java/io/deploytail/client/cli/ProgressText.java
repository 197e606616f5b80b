package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** How far a running deployment is, by how long those before it took: no more than that is known. */
final class ProgressText {
    private final Clock clock;

    ProgressText(Clock clock) {
        this.clock = clock;
    }

    /** "running 0:42 of about 1:10"; without the rest if nothing is known, and with other words if it is overdue. */
    String of(Deployment deployment) {
        Duration running = deployment
                .startTime()
                .map(start -> Duration.between(start, clock.instant()))
                .filter(duration -> !duration.isNegative()) // the clocks of two machines may differ
                .orElse(Duration.ZERO);
        String text = "running " + minutes(running);
        Optional<Duration> expected = deployment.expectedDuration();
        if (expected.isEmpty()) {
            return text;
        }
        return running.compareTo(expected.get()) > 0
                ? text + ", about " + minutes(expected.get()) + " was expected"
                : text + " of about " + minutes(expected.get());
    }

    private static String minutes(Duration duration) {
        return duration.toHours() > 0
                ? String.format(
                        Locale.ROOT,
                        "%d:%02d:%02d",
                        duration.toHours(),
                        duration.toMinutesPart(),
                        duration.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d", duration.toMinutes(), duration.toSecondsPart());
    }
}
