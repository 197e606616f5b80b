package io.deploytail.bench;

import java.util.Locale;

/** What a figure is to be, itself or in relation to the yardstick's in the same round. */
enum Goal {
    RATIO_AT_MOST("ratio ≤ "),
    RATIO_AT_LEAST("ratio ≥ "),
    AT_MOST("≤ ");

    private final String text;

    Goal(String text) {
        this.text = text;
    }

    Target of(double limit) {
        return new Target(this, limit);
    }

    /** A goal with its number. */
    record Target(Goal goal, double limit) {
        /** Whether it is reached, by the medians over all rounds. */
        boolean isReached(double value, double ratio) {
            return switch (goal) {
                case RATIO_AT_MOST -> ratio <= limit;
                case RATIO_AT_LEAST -> ratio >= limit;
                case AT_MOST -> value <= limit;
            };
        }

        @Override
        public String toString() {
            return goal.text
                    + (limit == Math.rint(limit)
                            ? String.valueOf((long) limit)
                            : String.format(Locale.ROOT, "%s", limit));
        }
    }
}
