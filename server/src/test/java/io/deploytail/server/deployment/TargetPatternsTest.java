package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetPatternsTest {
    @ParameterizedTest
    @CsvSource({
        "tenant-*, tenant-a, true",
        "tenant-*, tenant-, true",
        "tenant-*, tenant, false",
        "tenant-*, my-tenant-a, false",
        "*-prod, a-prod, true",
        "*-prod, a-prod-b, false",
        "*-prod, a-prod-prod, true",
        "a*b*c, abc, true",
        "a*b*c, axxbyyc, true",
        "a*b*c, acb, false",
        "a*a, a, false",
        "shop, shop, true",
        "shop, Shop, false",
        "s?op, shop, false",
        "s.*, sx, false",
        "**, anything, true",
        "a|b, a, false",
        "a|b, a|b, true",
        "'*', '', true",
        "'*x', '', false",
        "'**', '', false"
    })
    void starStandsForAnyCharacters(String pattern, String target, boolean isMeant) {
        assertThat(new TargetPatterns(List.of(pattern)).include(target)).isEqualTo(isMeant);
    }

    @Test
    void onePatternOfSeveralIsEnough() {
        TargetPatterns patterns = new TargetPatterns(List.of("shop", "tenant-*"));

        assertThat(patterns.include("shop")).isTrue();
        assertThat(patterns.include("tenant-a")).isTrue();
        assertThat(patterns.include("other")).isFalse();
        assertThat(patterns.isAll()).isFalse();
        assertThat(new TargetPatterns(Arrays.asList("x", "*")).isAll()).isTrue();
    }

    @Test
    void manyStarsTakeNoTime() {
        TargetPatterns hostile = new TargetPatterns(List.of("*a".repeat(100) + "b"));

        assertThat(hostile.include("a".repeat(250))).isFalse();
    }
}
