package io.deploytail.bench;

/**
 * What is measured.
 *
 * @param name with the unit, as it stands in the results
 */
record Figure(String name) {
    static final Figure DELAY_P50 = new Figure("delay p50, µs");
    static final Figure DELAY_P99 = new Figure("delay p99, µs");
    static final Figure DELAY_P999 = new Figure("delay p99.9, µs");
    static final Figure DELAY_MAX = new Figure("delay max, µs");
    static final Figure THROUGHPUT = new Figure("MB/s");
    static final Figure MACHINE_CPU = new Figure("CPU of the machine, s");
    static final Figure MACHINE_CPU_PER_GB = new Figure("CPU of the machine, s/GB");
    static final Figure SERVER_CPU_PER_GB = new Figure("CPU of the server, s/GB");
    static final Figure PEAK_MEMORY = new Figure("peak memory, MB");
    static final Figure SERVER_PEAK_MEMORY = new Figure("peak memory of the server, MB");
}
