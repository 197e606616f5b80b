package io.deploytail.bench;

/** A question that is answered by measuring. */
interface Scenario {
    /** What it is called on the command line. */
    String name();

    /** The question. */
    String title();

    /** Answers it. */
    void run(Workshop workshop, Settings settings, Report report) throws Exception;
}
