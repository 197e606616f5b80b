package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the direction of dependencies: every room knows the domain, and no room knows another. */
class PackageDependenciesTest {
    private static final Path SOURCES = Path.of("src/main/java/io/deploytail/server");
    private static final String ROOT = "io.deploytail.server.";
    private static final Pattern IMPORT = Pattern.compile("import (?:static )?([a-zA-Z0-9_.]+);");

    @Test
    void domainKnowsOnlyTheJdk() throws IOException {
        assertThat(imports("deployment"))
                .isNotEmpty()
                .allMatch(name -> name.startsWith("java.")
                        || name.startsWith(ROOT + "deployment.")
                        || name.startsWith("org.jspecify.annotations.")
                        || name.startsWith("com.google.errorprone.annotations."))
                .noneMatch(name -> name.startsWith("java.sql."));
    }

    @Test
    void roomsKnowTheDomainAndNotEachOther() throws IOException {
        for (String room : List.of("grpc", "process", "storage", "metrics", "web", "security", "recipes")) {
            assertThat(imports(room))
                    .filteredOn(name -> name.startsWith(ROOT))
                    .isNotEmpty()
                    .allMatch(name -> name.startsWith(ROOT + "deployment.") || name.startsWith(ROOT + room + "."));
        }
    }

    @Test
    void messagesAndStatementsStayInTheirRooms() throws IOException {
        assertThat(imports("process"))
                .noneMatch(PackageDependenciesTest::isGrpc)
                .noneMatch(PackageDependenciesTest::isSql);
        assertThat(imports("storage")).noneMatch(PackageDependenciesTest::isGrpc);
        assertThat(imports("web")).noneMatch(PackageDependenciesTest::isGrpc).noneMatch(PackageDependenciesTest::isSql);
        assertThat(imports("grpc")).noneMatch(PackageDependenciesTest::isSql);
    }

    @Test
    void pagesKnowNoRoomButTheDomain() throws IOException {
        assertThat(imports("web"))
                .isNotEmpty()
                .filteredOn(name -> name.startsWith(ROOT))
                .allMatch(name -> name.startsWith(ROOT + "deployment.") || name.startsWith(ROOT + "web."));
    }

    private static boolean isGrpc(String name) {
        return name.startsWith("io.grpc.")
                || name.startsWith("com.google.protobuf.")
                || name.startsWith("io.deploytail.v1.");
    }

    private static boolean isSql(String name) {
        return name.startsWith("java.sql.") || name.startsWith("org.sqlite.") || name.startsWith("org.flywaydb.");
    }

    private static List<String> imports(String room) throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES.resolve(room))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .flatMap(PackageDependenciesTest::lines)
                    .map(IMPORT::matcher)
                    .filter(Matcher::matches)
                    .map(matcher -> matcher.group(1))
                    .toList();
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
