package io.deploytail.bench;

import java.io.IOException;

/**
 * Lets Java compile what will be measured, as it has in a server that is in service: after less than this, a compiler
 * that is still at work takes up to a fifth of the two cores that it was measured on.
 */
final class Warming {
    private static final int FLOODS = 4;
    private static final long FLOOD_BYTES = 500_000_000;
    private static final long[] RATES = {50_000, 5_000};
    private static final long SECONDS = 8;

    private Warming() {}

    static void warm(Workshop workshop, Settings settings, Runner runner) throws IOException, InterruptedException {
        long lines = workshop.pool().linesIn(settings.amount(FLOOD_BYTES));
        long bytes = workshop.pool().bytesOf(lines);
        for (int i = 0; i < FLOODS; i++) {
            runner.run(workshop.generate(lines, 0), output -> Digest.read(output, bytes));
        }
        for (long rate : RATES) {
            new PacedLoad(workshop, rate, settings.amount(rate * SECONDS)).measure(runner);
        }
    }
}
