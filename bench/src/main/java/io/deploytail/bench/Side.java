package io.deploytail.bench;

/** One of those that are measured in turn. */
interface Side {
    /** Does the work once, and fails if a byte is missing, doubled or changed. */
    Measurement measure() throws Exception;
}
