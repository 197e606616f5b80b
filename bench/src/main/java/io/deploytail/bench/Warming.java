package io.deploytail.bench;

import java.io.IOException;

/** Lets Java compile what will be measured. */
final class Warming {
    private static final long BYTES = 50_000_000;
    private static final int RATE = 5_000;
    private static final int LINES = 60_000;

    private Warming() {}

    static void warm(Workshop workshop, Settings settings, Runner runner) throws IOException, InterruptedException {
        long lines = workshop.pool().linesIn(settings.amount(BYTES));
        long bytes = workshop.pool().bytesOf(lines);
        runner.run(workshop.generate(lines, 0), output -> Digest.read(output, bytes));
        new PacedLoad(workshop, RATE, settings.amount(LINES)).measure(runner);
    }
}
