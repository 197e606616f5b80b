package io.deploytail.bench;

import java.io.IOException;
import org.HdrHistogram.Histogram;

/** A command that writes so many lines a second. */
final class PacedLoad {
    private final Workshop workshop;
    private final long rate;
    private final long lines;

    PacedLoad(Workshop workshop, long rate, long lines) {
        this.workshop = workshop;
        this.rate = rate;
        this.lines = lines;
    }

    /** Runs it once, and tells how long its lines were under way. */
    Measurement measure(Runner runner) throws IOException, InterruptedException {
        Histogram delays = new Histogram(3);
        double cpuBefore = Proc.machineCpuSeconds();
        runner.run(
                workshop.generate(lines, rate),
                output -> new LineReader(workshop.pool(), lines, delays::recordValue).readAll(output));
        return new Measurement().withDelays(delays).with(Figure.MACHINE_CPU, Proc.machineCpuSeconds() - cpuBefore);
    }
}
