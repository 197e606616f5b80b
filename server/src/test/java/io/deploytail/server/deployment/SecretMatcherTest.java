package io.deploytail.server.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SecretMatcherTest {
    @Test
    void eachSequenceIsToldOnceHoweverOftenItIsThere() {
        assertThat(found("a".repeat(100), "a".repeat(10), "a".repeat(22)))
                .containsExactly("a".repeat(10), "a".repeat(22));
        assertThat(found("xabcabcx", "abc", "bca")).containsExactly("abc", "bca");
    }

    @Test
    void ofThoseThatEndTogetherTheLongestIsTold() {
        assertThat(found("xabcx", "abc", "bc", "c")).containsExactly("abc");
    }

    private static List<String> found(String text, String... sequences) {
        List<String> found = new ArrayList<>();
        SecretMatcher.of(Stream.of(sequences).map(SecretMatcherTest::bytes).toList())
                .find(bytes(text), sequence -> found.add(new String(sequence, StandardCharsets.UTF_8)));
        return found;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
