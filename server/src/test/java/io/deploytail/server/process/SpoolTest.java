package io.deploytail.server.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.deploytail.server.Eventually;
import io.deploytail.server.Gate;
import io.deploytail.server.NumberedLines;
import io.deploytail.server.RecorderProcesses;
import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.DeploymentId;
import io.deploytail.server.deployment.LogGap;
import io.deploytail.server.deployment.RequestDraft;
import io.deploytail.server.deployment.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is on disk of a run's output while nobody takes it from there, as while the server is down. */
@Timeout(40)
class SpoolTest {
    private static final int LINES = 8_000_000;
    private static final long SIZE = 16L * LINES;
    private static final long LIMIT = DetachedLauncher.MIN_SPOOL_LIMIT;

    @TempDir
    private Path directory;

    private final DeploymentId id = DeploymentId.create(Instant.now());
    private DetachedLauncher launcher;

    @BeforeEach
    void open() throws IOException {
        launcher = DetachedLauncher.open(directory.resolve("runs"), LIMIT, false);
    }

    @AfterEach
    void close() throws IOException {
        launcher.close();
    }

    @Test
    void theSpoolIsBoundedAndItsBeginningAndItsEndAreKept() throws Exception {
        try (Run run = launch(NumberedLines.command(0, LINES))) {
            Eventually.until("all is recorded", () -> run.status().outputComplete());

            assertThat(sizeOfSegments()).isLessThanOrEqualTo(LIMIT);
            assertThat(run.outputEnd()).isEqualTo(SIZE);
            LogGap gap = readToGap(run, 0);
            assertThat(gap.offset()).isGreaterThanOrEqualTo(8 << 20);
            assertThat(gap.reason()).isEqualTo(LogGap.Reason.LOG_LIMIT);
            assertThat(gap.isExact()).isTrue();
            assertThat(SIZE - gap.end()).isGreaterThanOrEqualTo(8 << 20);
            readToEnd(run, gap.end(), SIZE);
        }
    }

    @Test
    void whatIsReleasedMakesRoomForMore() throws Exception {
        int part = LINES / 4;
        List<Gate> gates = List.of(gate(1), gate(2), gate(3));
        StringBuilder script = new StringBuilder(NumberedLines.command(0, part));
        for (int i = 1; i <= gates.size(); i++) {
            script.append("; ").append(gates.get(i - 1).await()).append("; ");
            script.append(NumberedLines.command(i * part, (i + 1) * part));
        }
        try (Run run = launch(script.toString())) {
            for (int i = 0; i <= gates.size(); i++) {
                long end = SIZE / 4 * (i + 1);
                Eventually.until("a part is recorded", () -> run.outputEnd() == end);
                readToEnd(run, SIZE / 4 * i, end);
                run.releaseOutput(end);
                assertThat(sizeOfSegments()).isLessThanOrEqualTo(16 << 20);
                if (i < gates.size()) {
                    gates.get(i).open();
                }
            }
            Eventually.until("it has ended", () -> run.status().outputComplete());
        }
    }

    @Test
    void whatIsOpenIsReadThoughTheDirectoryIsGoneAndTheRestIsAGap() throws Exception {
        Path run = Files.createDirectory(directory.resolve("run"));
        Files.writeString(run.resolve("segment.00000000000000000000"), "first ");
        Files.writeString(run.resolve("segment.00000000000000000006"), "second ");
        Files.writeString(run.resolve("segment.00000000000000000013.LOG_LIMIT"), "third");
        try (Spool spool = Spool.open(run)) {
            assertThat(spool.read(0, 3)).asString(StandardCharsets.US_ASCII).isEqualTo("fir");
            for (Path file : List.of(
                    run.resolve("segment.00000000000000000000"),
                    run.resolve("segment.00000000000000000006"),
                    run.resolve("segment.00000000000000000013.LOG_LIMIT"),
                    run)) {
                Files.delete(file);
            }

            assertThat(spool.end()).isEqualTo(18);
            assertThat(spool.read(3, 15)).asString(StandardCharsets.US_ASCII).isEqualTo("st ");
            assertThat(spool.gapAt(6)).hasValue(new LogGap(6, 13, LogGap.Reason.LOG_LIMIT, true));
            assertThat(spool.read(13, 5)).asString(StandardCharsets.US_ASCII).isEqualTo("third");
        }
        assertThatThrownBy(() -> Spool.open(run)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void segmentsThatCannotBeOpenedForAWhileAreSeenWhenTheyCan() throws Exception {
        Path run = Files.createDirectory(directory.resolve("run"));
        Files.writeString(run.resolve("segment.00000000000000000000"), "first ");
        Path next = run.resolve("segment.00000000000000000006");
        try (Spool spool = Spool.open(run)) {
            Files.createSymbolicLink(next, run.resolve("nowhere"));
            setTimeLongAgo(run);
            assertThatThrownBy(spool::end).isInstanceOf(NoSuchFileException.class);

            Files.writeString(run.resolve("nowhere"), "second");
            setTimeLongAgo(run);

            assertThat(spool.end()).isEqualTo(12);
        }
    }

    private static void setTimeLongAgo(Path file) throws IOException {
        Files.setLastModifiedTime(
                file, FileTime.from(Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.MINUTES)));
    }

    private Gate gate(int number) {
        return Gate.in(directory, "gate" + number);
    }

    @Test
    void aGapThatTheLimitMadeLongerIsNoMoreExactThanItWas() throws Exception {
        Gate go = Gate.in(directory, "go");
        String script = NumberedLines.command(0, LINES / 2) + "; " + go.await() + "; "
                + NumberedLines.command(LINES / 2, LINES);
        try (Run run = launch(script)) {
            Eventually.until("half is recorded", () -> run.outputEnd() == SIZE / 2);
            RecorderProcesses.of(id).kill("dd");
            go.open();
            Eventually.until("all is recorded", () -> run.status().outputComplete());

            assertThat(run.outputEnd()).isEqualTo(SIZE + 1);
            LogGap gap = readToGap(run, 0);
            while (gap.end() <= SIZE / 2) {
                gap = readToGap(run, gap.end());
            }
            assertThat(gap.offset()).isLessThanOrEqualTo(SIZE / 2);
            assertThat(gap.isExact()).isFalse();
        }
    }

    private Run launch(String script) throws IOException {
        DeployRequest request = RequestDraft.plain().running("sh", "-c", script).request();
        launcher.prepare(id, request, directory.toString());
        return launcher.launch(id, () -> {});
    }

    /** Compares what there is with what was written. Returns the gap behind it. */
    private static LogGap readToGap(Run run, long from) throws IOException {
        long offset = from;
        Optional<LogGap> gap = run.gapAt(offset);
        while (gap.isEmpty()) {
            byte[] bytes = run.readOutput(offset, 64 << 10);
            assertThat(new String(bytes, StandardCharsets.US_ASCII))
                    .isEqualTo(NumberedLines.between(offset, offset + bytes.length));
            offset += bytes.length;
            gap = run.gapAt(offset);
        }
        return gap.get();
    }

    private static void readToEnd(Run run, long from, long to) throws IOException {
        for (long offset = from; offset < to; ) {
            assertThat(run.gapAt(offset)).isEmpty();
            byte[] bytes = run.readOutput(offset, (int) Math.min(64 << 10, to - offset));
            assertThat(new String(bytes, StandardCharsets.US_ASCII))
                    .isEqualTo(NumberedLines.between(offset, offset + bytes.length));
            offset += bytes.length;
        }
    }

    private long sizeOfSegments() throws IOException {
        long size = 0;
        for (Path segment : segments()) {
            size += Files.size(segment);
        }
        return size;
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("runs").resolve(id.text()))) {
            return files.filter(file -> file.getFileName().toString().startsWith("segment."))
                    .toList();
        }
    }
}
