package io.deploytail.bench;

/**
 * How much is measured.
 *
 * @param rounds how often each side is measured
 * @param large whether logs of 4 and 10 GB are made
 * @param smoke whether to do as little as possible: that shows whether it works, not how fast
 */
record Settings(int rounds, boolean large, boolean smoke) {
    /** So much, or, to see whether it works, a fiftieth of it. */
    long amount(long usual) {
        return smoke ? Math.max(1, usual / 50) : usual;
    }

    /** A number of things at once, or, to see whether it works, at most five. */
    int count(int usual) {
        return smoke ? Math.min(5, usual) : usual;
    }
}
