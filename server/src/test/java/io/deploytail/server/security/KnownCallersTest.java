package io.deploytail.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deploytail.server.deployment.AuditEntry;
import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Role;
import io.deploytail.server.deployment.TargetPatterns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file of callers, as an operator changes it and as a server reads it. */
class KnownCallersTest {
    @TempDir
    private Path directory;

    private Path file;
    private CallerRegistry registry;
    private KnownCallers known;
    private final List<AuditEntry> audit = new ArrayList<>();

    @BeforeEach
    void setUp() {
        file = directory.resolve("callers.json");
        registry = new CallerRegistry(file);
        known = new KnownCallers(file);
    }

    @Test
    void tokenIsKnownByItsHashOnly() throws Exception {
        String token = registry.addToken("ci", Optional.of(Role.DEPLOYER), List.of("tenant-*"));
        known.reload();

        Caller ci = new Caller("ci", Role.DEPLOYER, new TargetPatterns(List.of("tenant-*")));
        assertThat(known.byToken(token)).contains(ci);
        assertThat(known.byToken(token + "x")).isEmpty();
        assertThat(known.byToken("")).isEmpty();
        assertThat(known.byCertificate("ci")).isEmpty();
        assertThat(known.knows(ci)).isTrue();
        assertThat(Files.readString(file)).doesNotContain(token).contains(Token.hash(token));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void certificateIsKnownByItsName() throws Exception {
        registry.addCertificate("billing.internal", Optional.of(Role.VIEWER), List.of());
        known.reload();

        assertThat(known.byCertificate("billing.internal"))
                .contains(new Caller("billing.internal", Role.VIEWER, TargetPatterns.ALL));
        assertThat(known.byCertificate("internal")).isEmpty();
    }

    @Test
    void callerMayHaveATokenAndACertificate() throws Exception {
        registry.addCertificate("ci", Optional.of(Role.ADMIN), List.of());
        String token = registry.addToken("ci", Optional.empty(), List.of());
        known.reload();

        assertThat(known.byToken(token)).isEqualTo(known.byCertificate("ci"));

        registry.revokeCertificate("ci");
        known.reload();
        assertThat(known.byCertificate("ci")).isEmpty();
        assertThat(known.byToken(token)).isPresent();

        registry.revokeToken("ci", false);
        assertThat(registry.describe()).isEmpty();
    }

    @Test
    void atMostTwoTokensAreGood() throws Exception {
        String first = registry.addToken("ci", Optional.of(Role.ADMIN), List.of());
        String second = registry.rotateToken("ci");
        known.reload();
        assertThat(known.byToken(first)).isPresent();
        assertThat(known.byToken(second)).isPresent();

        String third = registry.rotateToken("ci");
        known.reload();
        assertThat(known.byToken(first)).isEmpty();
        assertThat(known.byToken(second)).isPresent();

        registry.revokeToken("ci", true);
        known.reload();
        assertThat(known.byToken(second)).isEmpty();
        assertThat(known.byToken(third)).isPresent();
    }

    @Test
    void mistakesAreRefusedWithWhatIsWrong() throws Exception {
        registry.addToken("ci", Optional.of(Role.ADMIN), List.of());

        assertRefused(() -> registry.addToken("ci", Optional.empty(), List.of()), "a caller ci with a token");
        assertRefused(() -> registry.addCertificate("ci", Optional.of(Role.VIEWER), List.of()), "stay as they are");
        assertRefused(() -> registry.addToken("cd", Optional.empty(), List.of()), "needs a role");
        assertRefused(() -> registry.addToken("c d", Optional.of(Role.ADMIN), List.of()), "the name 'c d'");
        assertRefused(() -> registry.addToken("cd", Optional.of(Role.ADMIN), List.of("")), "a pattern of cd");
        assertRefused(() -> registry.rotateToken("cd"), "no caller cd");
        assertRefused(() -> registry.revokeToken("cd", false), "no caller cd");
        assertThat(registry.describe()).containsExactly("ci\tadmin\t*\ttoken");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"callers\": 1}",
                "{\"callers\": [1]}",
                "{\"callers\": [{\"name\": \"ci\"}]}",
                "{\"callers\": [{\"name\": null, \"role\": \"admin\", \"targets\": [\"*\"]}]}",
                "{\"callers\": [{\"name\": {}, \"role\": \"admin\", \"targets\": [\"*\"]}]}",
                "{\"callers\": [{\"name\": \"ci\", \"role\": \"admin\", \"targets\": [null]}]}",
                "{\"callers\": [{\"name\": \"ci\", \"role\": \"admin\", \"targets\": [\"*\"], \"certificate\": null}]}",
                "{\"callers\": [{\"name\": \"ci\", \"role\": \"root\", \"targets\": [\"*\"]}]}",
                "{\"callers\": [{\"name\": \"ci\", \"role\": \"admin\", \"targets\": []}]}",
                "{\"callers\": [{\"name\": \"ci\", \"role\": \"admin\", \"targets\": [\"*\"], \"tokens_sha256\": [\"x\"]}]}",
                "{\"callers\": [{\"name\": \"ci\", \"role\": \"admin\", \"targets\": [\"*\"]},"
                        + " {\"name\": \"ci\", \"role\": \"viewer\", \"targets\": [\"*\"]}]}"
            })
    void brokenFileIsRefusedAndTheOldOneStaysInForce(String text) throws Exception {
        String token = registry.addToken("ci", Optional.of(Role.ADMIN), List.of());
        WatchedFiles watched =
                WatchedFiles.read("callers", List.of(file), known::reload, audit::add, Clock.systemUTC());

        Files.writeString(file, text);
        watched.check();

        assertThat(known.byToken(token)).isPresent();
        assertThat(audit).extracting(AuditEntry::result).containsExactly("FAILED");
        assertThatThrownBy(known::reload).isInstanceOf(IOException.class).hasMessageContaining(file.toString());
    }

    @Test
    void fileThatIsGoneChangesNothing() throws Exception {
        String token = registry.addToken("ci", Optional.of(Role.ADMIN), List.of());
        WatchedFiles watched =
                WatchedFiles.read("callers", List.of(file), known::reload, audit::add, Clock.systemUTC());

        Files.delete(file);
        watched.check();
        assertThat(known.byToken(token)).isPresent();

        String newToken = registry.addToken("ci", Optional.of(Role.ADMIN), List.of());
        watched.check();
        assertThat(known.byToken(token)).isEmpty();
        assertThat(known.byToken(newToken)).isPresent();
    }

    private static void assertRefused(ThrowingCallable change, String reason) {
        assertThatThrownBy(change).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(reason);
    }
}
