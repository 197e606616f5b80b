package io.deploytail.server.deployment;

/**
 * A fair share of memory that some have in common.
 *
 * @param all how many bytes they have together, as long as each can have the least
 * @param least how many bytes each has, however many they are
 * @param most how many bytes each has, however few they are
 */
public record FairShare(int all, int least, int most) {
    /** What each of so many has, in bytes. */
    public int of(int count) {
        return Math.max(least, Math.min(most, all / Math.max(1, count)));
    }
}
