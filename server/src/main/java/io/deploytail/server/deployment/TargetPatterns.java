package io.deploytail.server.deployment;

import java.util.List;

/**
 * Which targets are meant: those that match one of some patterns, in which {@code *} stands for any characters, even none,
 * and everything else for itself. A deployment without a target is only meant by {@code *}.
 */
public record TargetPatterns(List<String> patterns) {
    private static final String ANY = "*";

    /** Every target, and none. */
    public static final TargetPatterns ALL = new TargetPatterns(List.of(ANY));

    public TargetPatterns {
        patterns = List.copyOf(patterns);
    }

    /** Whether there is no target that is not meant. */
    public boolean isAll() {
        return patterns.contains(ANY);
    }

    /** Whether this target is meant; empty for none. */
    public boolean include(String target) {
        return isAll() || (!target.isEmpty() && patterns.stream().anyMatch(pattern -> matches(pattern, target)));
    }

    /** Goes back to the last star only, so no pattern makes it slow. */
    private static boolean matches(String pattern, String target) {
        int p = 0;
        int t = 0;
        int star = -1;
        int behindStar = 0;
        while (t < target.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                behindStar = t;
            } else if (p < pattern.length() && pattern.charAt(p) == target.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++behindStar;
            } else {
                return false;
            }
        }
        return pattern.substring(p).chars().allMatch(each -> each == '*');
    }

    @Override
    public String toString() {
        return String.join(",", patterns);
    }
}
