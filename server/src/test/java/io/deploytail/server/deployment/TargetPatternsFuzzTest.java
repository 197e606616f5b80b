package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.Chance;
import io.deploytail.server.Fuzz;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class TargetPatternsFuzzTest {
    @Test
    void targetIsMeantIfTheStarsCanStandForAnything() {
        Fuzz.run(chance -> {
            List<String> patterns = new ArrayList<>();
            for (int count = 1 + chance.below(3); count > 0; count--) {
                patterns.add(pattern(chance));
            }
            String target = chance.oneOf(patterns).replace("*", chance.oneOf("", "a", "ba", "*"));
            String asked = chance.oneIn(2) ? target : chance.mutated(target);

            boolean isMeant = new TargetPatterns(patterns).include(asked);

            assertThat(isMeant).as("%s of %s", asked, patterns).isEqualTo(isMeantInAnyWay(patterns, asked));
            return isMeant;
        });
    }

    private static String pattern(Chance chance) {
        StringBuilder pattern = new StringBuilder();
        for (int parts = chance.below(6); parts > 0; parts--) {
            pattern.append(chance.oneIn(12) ? chance.trick() : chance.oneOf("*", "a", "b", "ab"));
        }
        return pattern.toString();
    }

    private static boolean isMeantInAnyWay(List<String> patterns, String target) {
        return target.isEmpty()
                ? patterns.contains("*")
                : patterns.stream().anyMatch(pattern -> matchesInAnyWay(pattern, target));
    }

    /** Keeps how much of the target each beginning of the pattern may have matched. */
    private static boolean matchesInAnyWay(String pattern, String target) {
        BitSet matched = new BitSet();
        matched.set(0);
        for (int i = 0; i < pattern.length(); i++) {
            char each = pattern.charAt(i);
            if (each == '*') {
                matched.set(matched.nextSetBit(0), target.length() + 1);
            } else {
                BitSet next = new BitSet();
                matched.stream()
                        .filter(at -> at < target.length() && target.charAt(at) == each)
                        .forEach(at -> next.set(at + 1));
                if (next.isEmpty()) {
                    return false;
                }
                matched = next;
            }
        }
        return matched.get(target.length());
    }
}
