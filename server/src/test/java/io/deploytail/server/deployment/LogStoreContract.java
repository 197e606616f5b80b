package io.deploytail.server.deployment;

import static io.deploytail.server.deployment.LogAppender.NOON;
import static io.deploytail.server.deployment.LogGap.Reason.COPIER_LOST;
import static io.deploytail.server.deployment.LogGap.Reason.DISK_FULL;
import static io.deploytail.server.deployment.LogGap.Reason.LOG_LIMIT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link LogStore} does. */
public abstract class LogStoreContract {
    private static final int PLENTY = 64 * 1024;

    /** The store under test. */
    protected abstract LogStore logs();

    /** Where the deployments are to which the logs belong. */
    protected abstract DeploymentStore deployments();

    @Test
    void whatWasAppendedCanBeReadFromAnyOffset() {
        LogAppender log = newLog().append("one\n").append("two\n").append("three\n");

        for (int offset = 0; offset <= 14; offset++) {
            assertThat(text(log, offset, PLENTY)).isEqualTo("one\ntwo\nthree\n".substring(offset));
        }
    }

    @Test
    void deltasThatWereAppendedAtOnceAreReadLikeOthers() {
        LogAppender log = newLog().append("one\n").append(NOON, List.of(bytes("two\n"), bytes("th"), bytes("ree\n")));

        assertThat(logs().read(log.id(), 0, PLENTY).bytes()).isEqualTo(bytes("one\ntwo\nthree\n"));
        assertThat(logs().read(log.id(), 9, PLENTY).bytes()).isEqualTo(bytes("hree\n"));
        assertThat(logs().read(log.id(), 14, PLENTY).deployment().log()).isEqualTo(log.extent());
        assertThat(logs().tailOffset(log.id(), 1)).isEqualTo(8);
    }

    @Test
    void sliceSaysWhereItIsAndWhenItWasRead() {
        LogAppender log = newLog().append(NOON, bytes("one\n")).append(NOON.plusMillis(7), bytes("two\n"));

        LogSlice slice = logs().read(log.id(), 5, PLENTY);

        assertThat(slice.offset()).isEqualTo(5);
        assertThat(slice.end()).isEqualTo(8);
        assertThat(slice.time()).isEqualTo(NOON.plusMillis(7));
        assertThat(slice.deployment().id()).isEqualTo(log.id());
    }

    @Test
    void appendRecordsTheExtentOfTheLog() {
        LogAppender log = newLog().append("one\n").append("two");

        LogExtent extent = logs().read(log.id(), 0, PLENTY).deployment().log();

        CRC32C crc = new CRC32C();
        crc.update(bytes("one\ntwo"));
        assertThat(extent).isEqualTo(new LogExtent(7, 1, true, (int) crc.getValue(), 0));
        assertThat(deployments().find(log.id()).orElseThrow().log()).isEqualTo(extent);
    }

    @Test
    void readAtTheEndOfARunningDeploymentReturnsNoByteAndIsNotTheLast() {
        LogAppender log = newLog().append("one\n");

        LogSlice slice = logs().read(log.id(), 4, PLENTY);

        assertThat(slice.isEmpty()).isTrue();
        assertThat(slice.isLast()).isFalse();
    }

    @Test
    void sliceThatReachesTheEndOfAnEndedDeploymentIsTheLast() {
        LogAppender log = newLog().append("one\n").append("two\n");
        deployments().finish(log.id(), Outcome.ofExitStatus(0), NOON);

        assertThat(logs().read(log.id(), 0, 5).isLast()).isFalse();
        assertThat(logs().read(log.id(), 4, PLENTY).isLast()).isTrue();
        assertThat(logs().read(log.id(), 8, PLENTY).isLast()).isTrue();
    }

    @Test
    void offsetPastTheEndIsRefused() {
        LogAppender log = newLog().append("one\n");

        assertThatExceptionOfType(OffsetOutOfRangeException.class)
                .isThrownBy(() -> logs().read(log.id(), 5, PLENTY))
                .withMessageContaining("4 bytes");
    }

    @Test
    void unknownDeploymentIsRefused() {
        DeploymentId unknown = DeploymentId.create(NOON);

        assertThatExceptionOfType(UnknownDeploymentException.class).isThrownBy(() -> logs().read(unknown, 0, PLENTY));
        assertThatExceptionOfType(UnknownDeploymentException.class).isThrownBy(() -> logs().tailOffset(unknown, 1));
    }

    @Test
    void logsDoNotMix() {
        LogAppender one = newLog();
        LogAppender other = newLog();

        one.append("a\n");
        other.append("b\n");
        one.append("c\n");

        assertThat(text(one, 0, PLENTY)).isEqualTo("a\nc\n");
        assertThat(text(other, 0, PLENTY)).isEqualTo("b\n");
    }

    @Test
    void anyBytesComeBackAsTheyWere() {
        byte[] all = new byte[512];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }

        LogAppender log = newLog().append(all);

        assertThat(readAll(log, PLENTY)).isEqualTo(all);
    }

    @Test
    void sliceThatIsFullEndsBehindALine() {
        LogAppender log = newLog().append("one\ntwo\nthree\n");

        assertThat(text(log, 0, 10)).isEqualTo("one\ntwo\n");
    }

    @Test
    void sliceThatIsFullAtTheEndOfADeltaEndsBehindALineToo() {
        LogAppender log = newLog().append("one\ntw").append("o\n");

        assertThat(text(log, 0, 6)).isEqualTo("one\n");
    }

    @Test
    void sliceWithoutALineEndsBehindACharacter() {
        LogAppender log = newLog().append("aé€😀");

        assertThat(text(log, 0, 4)).isEqualTo("aé");
        assertThat(text(log, 3, 6)).isEqualTo("€");
        assertThat(text(log, 6, 4)).isEqualTo("😀");
    }

    @Test
    void characterThatIsCutBetweenDeltasIsReturnedWhole() {
        LogAppender log = newLog().append(new byte[] {'a', (byte) 0xC3}).append(new byte[] {(byte) 0xA9, 'b'});

        assertThat(text(log, 0, PLENTY)).isEqualTo("aéb");
    }

    @Test
    void unfinishedCharacterAtThePresentEndIsReturned() {
        LogAppender log = newLog().append(new byte[] {'a', (byte) 0xC3});

        assertThat(logs().read(log.id(), 0, PLENTY).bytes()).containsExactly('a', 0xC3);
    }

    @Test
    void readMayBeginInsideACharacter() {
        LogAppender log = newLog().append("€uro");

        assertThat(logs().read(log.id(), 1, PLENTY).bytes()).containsExactly(0x82, 0xAC, 'u', 'r', 'o');
    }

    @Test
    void deltasThatAreFarApartInTimeAreNotInOneSlice() {
        LogAppender log = newLog().append(NOON, bytes("a"))
                .append(NOON.plus(LogSlice.MAX_SPAN), bytes("b"))
                .append(NOON.plus(LogSlice.MAX_SPAN).plusMillis(1), bytes("c"));

        assertThat(text(log, 0, PLENTY)).isEqualTo("ab");
        assertThat(text(log, 2, PLENTY)).isEqualTo("c");
    }

    @Test
    void deltaFromBeforeAClockWasSetBackIsNotInTheSameSlice() {
        LogAppender log = newLog().append(NOON, bytes("a")).append(NOON.minusSeconds(3600), bytes("b"));

        assertThat(text(log, 0, PLENTY)).isEqualTo("a");
    }

    @Test
    void beginningOfACharacterIsLeftForTheSliceThatCanHaveItsRest() {
        LogAppender log = newLog().append(NOON, bytes("ab"))
                .append(NOON.plusMillis(200), new byte[] {'c', (byte) 0xC3})
                .append(NOON.plusMillis(400), new byte[] {(byte) 0xA9, 'd'});

        assertThat(text(log, 0, PLENTY)).isEqualTo("abc");
        assertThat(text(log, 3, PLENTY)).isEqualTo("éd");
    }

    @Test
    void beginningOfACharacterGoesAloneIfItsRestCameMuchLater() {
        LogAppender log = newLog().append(NOON, new byte[] {'a', (byte) 0xC3})
                .append(NOON.plusSeconds(1), new byte[] {(byte) 0xA9});

        assertThat(logs().read(log.id(), 0, PLENTY).bytes()).containsExactly('a');
        assertThat(logs().read(log.id(), 1, PLENTY).bytes()).containsExactly(0xC3);
        assertThat(logs().read(log.id(), 2, PLENTY).bytes()).containsExactly(0xA9);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
                    a|b|c|    , 0, 6
                    a|b|c|    , 1, 4
                    a|b|c|    , 2, 2
                    a|b|c|    , 3, 0
                    a|b|c|    , 4, 0
                    a|b|c     , 1, 4
                    a|b|c     , 2, 2
                    a|b|c     , 3, 0
                    ||||      , 2, 2
                    abc       , 1, 0
                    """)
    void tailBeginsWhereTheLastLinesBegin(String text, long lines, long offset) {
        LogAppender log = newLog();
        for (char c : text.replace('|', '\n').toCharArray()) {
            log.append(String.valueOf(c));
        }

        assertThat(logs().tailOffset(log.id(), lines)).isEqualTo(offset);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "2, 4", "3, 4", "5, 4", "6, 4", "7, 31", "8, 36", "9, 36"})
    void linesAreFoundByTheirNumbersAlsoAmongAndBehindThoseThatWereEvicted(long line, long offset) {
        LogAppender log = newLog().append("one\n")
                .append("two\n")
                .append("three\nfour\n")
                .appendGap(5, DISK_FULL)
                .append("|\n")
                .append("five\n")
                .append("six.\n");

        log.evict(4, 22);

        assertThat(logs().lineOffset(log.id(), line)).isEqualTo(offset);
    }

    @Test
    void lineOfAnOffsetPastTheEndIsRefused() {
        LogAppender log = newLog().append("one\n");

        assertThat(logs().lineAt(log.id(), 4)).isEqualTo(2);
        assertThatExceptionOfType(OffsetOutOfRangeException.class).isThrownBy(() -> logs().lineAt(log.id(), 5));
    }

    @Test
    void tailOfAnEmptyLogIsItsBeginning() {
        LogAppender log = newLog();

        assertThat(logs().tailOffset(log.id(), 0)).isZero();
        assertThat(logs().tailOffset(log.id(), 10)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void readsAreLikeThoseOfAByteArray(long seed) {
        Random random = new Random(seed);
        LogAppender log = newLog();
        for (int step = 0; step < 150; step++) {
            log.append(NOON.plusMillis(step * 60L), randomBytes(random, 1 + random.nextInt(40)));
            byte[] expected = log.expected();
            int offset = random.nextInt(expected.length + 1);
            int maxBytes = 4 + random.nextInt(200);

            LogSlice slice = logs().read(log.id(), offset, maxBytes);

            assertThat(slice.bytes()).hasSizeLessThanOrEqualTo(maxBytes);
            assertThat(slice.isEmpty()).isEqualTo(offset == expected.length);
            assertThat(slice.bytes()).isEqualTo(Arrays.copyOfRange(expected, offset, (int) slice.end()));
            long lines = random.nextInt(30);
            assertThat(logs().tailOffset(log.id(), lines)).isEqualTo(tailOffset(expected, lines));
            long line = LogDelta.countNewlines(Arrays.copyOf(expected, offset)) + 1L;
            assertThat(logs().lineAt(log.id(), offset)).isEqualTo(line);
            assertThat(logs().lineOffset(log.id(), line)).isEqualTo(lineStart(expected, offset));
        }
        assertThat(readAll(log, 4 + random.nextInt(100))).isEqualTo(log.expected());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void slicesOfTextNeverCutACharacterWhereverTheDeltasWereCut(long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 400; i++) {
            text.append(List.of("a", "é", "€", "😀", "\n").get(random.nextInt(5)));
        }
        byte[] bytes = bytes(text.toString());
        LogAppender log = newLog();
        for (int start = 0, end; start < bytes.length; start = end) {
            end = Math.min(bytes.length, start + 1 + random.nextInt(9));
            log.append(Arrays.copyOfRange(bytes, start, end));
        }

        for (LogSlice slice : slices(log, 4 + random.nextInt(60))) {
            assertThat(isText(slice.bytes())).isTrue();
        }
    }

    @Test
    void gapIsReadInThePlaceOfItsBytes() {
        LogAppender log = newLog().append("one\n").appendGap(10, DISK_FULL).append("two\n");

        assertThat(pieces(log)).containsExactly("one\n", "4..14 DISK_FULL", "two\n");
        LogSlice slice = logs().read(log.id(), 4, PLENTY);
        assertThat(slice.gap()).contains(new LogGap(4, 14, DISK_FULL, true));
        assertThat(slice.offset()).isEqualTo(4);
        assertThat(slice.end()).isEqualTo(14);
        assertThat(slice.isEmpty()).isFalse();
        assertThat(slice.isLast()).isFalse();
    }

    @Test
    void readFromWithinAGapReturnsTheRestOfIt() {
        LogAppender log = newLog().append("one\n")
                .appendGap(new LogGap(4, 14, COPIER_LOST, false))
                .append("two\n");

        assertThat(logs().read(log.id(), 13, PLENTY).gap()).contains(new LogGap(13, 14, COPIER_LOST, false));
        assertThat(text(log, 14, PLENTY)).isEqualTo("two\n");
        assertThat(text(log, 15, PLENTY)).isEqualTo("wo\n");
    }

    @Test
    void bytesBeforeAGapAreReturnedToTheLastEvenInsideACharacter() {
        LogAppender log = newLog().append("one\ntw")
                .append(new byte[] {(byte) 0xC3})
                .appendGap(1, COPIER_LOST)
                .append(new byte[] {(byte) 0xA9});

        assertThat(logs().read(log.id(), 0, 7).end()).isEqualTo(7);
        assertThat(logs().read(log.id(), 6, PLENTY).bytes()).containsExactly(0xC3);
        assertThat(logs().read(log.id(), 8, PLENTY).bytes()).containsExactly(0xA9);
    }

    @Test
    void gapRecordsTheExtentOfTheLog() {
        LogAppender log = newLog().append("one\ntwo").appendGap(5, DISK_FULL).append("\n");

        CRC32C crc = new CRC32C();
        crc.update(bytes("one\ntwo\n"));
        LogExtent extent = deployments().find(log.id()).orElseThrow().log();
        assertThat(extent).isEqualTo(new LogExtent(13, 2, false, (int) crc.getValue(), 5));
        assertThat(extent.kept()).isEqualTo(8);
    }

    @Test
    void gapAtTheEndOfAnEndedDeploymentIsTheLast() {
        LogAppender log = newLog().appendGap(5, DISK_FULL);
        assertThat(logs().read(log.id(), 0, PLENTY).isLast()).isFalse();

        deployments().finish(log.id(), Outcome.ofExitStatus(0), NOON);

        assertThat(logs().read(log.id(), 0, PLENTY).isLast()).isTrue();
        assertThat(logs().read(log.id(), 3, PLENTY).isLast()).isTrue();
        assertThat(logs().read(log.id(), 5, PLENTY).isEmpty()).isTrue();
        assertThatExceptionOfType(OffsetOutOfRangeException.class).isThrownBy(() -> logs().read(log.id(), 6, PLENTY));
    }

    @Test
    void gapsForTheSameReasonThatFollowOneAnotherAreOne() {
        LogAppender log = newLog().append("one\n")
                .appendGap(new LogGap(4, 5, COPIER_LOST, true))
                .appendGap(new LogGap(5, 7, COPIER_LOST, false))
                .appendGap(new LogGap(7, 8, COPIER_LOST, true))
                .appendGap(new LogGap(8, 9, DISK_FULL, true))
                .append("two\n")
                .appendGap(new LogGap(13, 14, DISK_FULL, true));

        assertThat(pieces(log))
                .containsExactly("one\n", "4..8 at least COPIER_LOST", "8..9 DISK_FULL", "two\n", "13..14 DISK_FULL");
        assertThat(log.extent().missing()).isEqualTo(6);
    }

    @Test
    void gapsOfOneLogAreNotThoseOfAnother() {
        LogAppender one = newLog().appendGap(5, DISK_FULL);
        LogAppender other = newLog().append("other").appendGap(5, DISK_FULL).append("end");

        one.evict(0, 100).appendGap(1, DISK_FULL);

        assertThat(pieces(one)).containsExactly("0..6 DISK_FULL");
        assertThat(pieces(other)).containsExactly("other", "5..10 DISK_FULL", "end");
    }

    @Test
    void evictionTakesWholeDeltasAndLeavesOneGap() {
        LogAppender log =
                newLog().append("one\n").append("two\n").append("three\n").append("four\n");

        LogExtent before = log.extent();
        log.evict(3, 7);

        assertThat(pieces(log)).containsExactly("one\n", "4..14 LOG_LIMIT", "four\n");
        assertThat(log.extent())
                .isEqualTo(new LogExtent(
                        before.size(), before.newlines(), before.endsInLine(), before.crc32c(), before.missing() + 10));
        assertThat(deployments().find(log.id()).orElseThrow().log()).isEqualTo(log.extent());
    }

    @Test
    void evictionWithoutADeltaBehindTheBeginningChangesNothing() {
        LogAppender log =
                newLog().append("one\n").append("two\n").appendGap(3, DISK_FULL).appendGap(4, LOG_LIMIT);
        LogExtent before = log.extent();

        for (long beginning = 5; beginning <= 15; beginning++) {
            assertThat(log.evict(beginning, 99).extent()).isEqualTo(before);
        }

        assertThat(pieces(log)).containsExactly("one\ntwo\n", "8..11 DISK_FULL", "11..15 LOG_LIMIT");
    }

    @Test
    void evictionGoesOnWhereItWas() {
        LogAppender log = newLog().append("one\n").append("two\n").append("three\n");

        assertThat(log.evict(2, 1).extent().missing()).isEqualTo(4);
        log.append("four\n").append("five\n").evict(2, 1).evict(2, 5);

        assertThat(pieces(log)).containsExactly("one\n", "4..19 LOG_LIMIT", "five\n");
        assertThat(log.extent().missing()).isEqualTo(15);
    }

    @Test
    void beginningIsCountedInStoredBytesHoweverManyAreMissingThere() {
        LogAppender log = newLog().appendGap(100, COPIER_LOST)
                .append("one\n")
                .appendGap(200, DISK_FULL)
                .append("two\n")
                .append("three\n")
                .appendGap(400, DISK_FULL)
                .append("four\n")
                .append("five\n");

        log.evict(8, 1).evict(8, 1);

        assertThat(pieces(log))
                .containsExactly(
                        "0..100 COPIER_LOST", "one\n", "104..304 DISK_FULL", "two\n", "308..719 LOG_LIMIT", "five\n");
    }

    @Test
    void evictionTakesInTheGapsBetweenAndJoinsThoseForTheSameReason() {
        LogAppender log = newLog().append("one\n")
                .appendGap(new LogGap(4, 6, LOG_LIMIT, true))
                .append("two\n")
                .appendGap(new LogGap(10, 12, COPIER_LOST, false))
                .append("three\n")
                .appendGap(new LogGap(18, 20, LOG_LIMIT, true))
                .appendGap(new LogGap(20, 22, DISK_FULL, true))
                .append("four\n");

        log.evict(4, 7);

        assertThat(pieces(log)).containsExactly("one\n", "4..20 at least LOG_LIMIT", "20..22 DISK_FULL", "four\n");
        assertThat(log.extent().missing()).isEqualTo(18);
        assertThat(logs().tailOffset(log.id(), 2)).isEqualTo(4); // "three" was among what is missing
    }

    @Test
    void gapForAnotherReasonThatIsInTheBeginningOrBehindTheEvictedStays() {
        LogAppender log = newLog().append("one\n")
                .appendGap(2, DISK_FULL)
                .append("two\n")
                .append("three\n")
                .appendGap(2, DISK_FULL)
                .append("four\n");

        log.evict(8, 1);

        assertThat(pieces(log))
                .containsExactly("one\n", "4..6 DISK_FULL", "two\n", "10..16 LOG_LIMIT", "16..18 DISK_FULL", "four\n");
    }

    @Test
    void logOfWhichNothingIsKeptCanBeReadAndAppendedTo() {
        LogAppender log = newLog().append("one\n").append("two\nthr");

        log.evict(0, 11);

        assertThat(log.extent().kept()).isZero();
        assertThat(log.extent().lineCount()).isEqualTo(3);
        assertThat(pieces(log)).containsExactly("0..11 LOG_LIMIT");
        for (long lines = 1; lines < 5; lines++) {
            assertThat(logs().tailOffset(log.id(), lines)).isZero();
        }
        assertThat(logs().tailOffset(log.id(), 0)).isEqualTo(11);
        log.append("ee\n");
        assertThat(pieces(log)).containsExactly("0..11 LOG_LIMIT", "ee\n");
        assertThat(logs().tailOffset(log.id(), 1)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0, 36", "1, 31", "2, 4", "3, 4", "5, 4", "6, 4", "7, 0", "8, 0"})
    void tailCountsLinesThatWereEvicted(long lines, long offset) {
        LogAppender log = newLog().append("one\n")
                .append("two\n")
                .append("three\nfour\n")
                .appendGap(5, DISK_FULL)
                .append("|\n")
                .append("five\n")
                .append("six.\n");

        log.evict(4, 22);

        assertThat(log.extent().size()).isEqualTo(36);
        assertThat(logs().tailOffset(log.id(), lines)).isEqualTo(offset);
    }

    @Test
    void tailBeginsBeforeTheGapThatEndsTheLog() {
        LogAppender log = newLog().append("one\ntwo\nthr").appendGap(3, COPIER_LOST);

        assertThat(logs().tailOffset(log.id(), 0)).isEqualTo(14);
        assertThat(logs().tailOffset(log.id(), 1)).isEqualTo(8);
        assertThat(logs().tailOffset(log.id(), 2)).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsNotMissingStaysReadableAndTheRestIsInGaps(long seed) {
        Random random = new Random(seed);
        LogAppender log = newLog();
        BitSet missing = new BitSet();
        List<LogDelta> deltas = new ArrayList<>();
        for (int step = 0; step < 200; step++) {
            int size = (int) log.extent().size();
            switch (random.nextInt(8)) {
                case 0 -> {
                    LogGap.Reason reason =
                            List.of(LOG_LIMIT, DISK_FULL, COPIER_LOST).get(random.nextInt(3));
                    log.appendGap(1 + random.nextInt(9), reason);
                    missing.set(size, (int) log.extent().size());
                }
                case 1 -> {
                    int beginning = random.nextInt((int) log.extent().kept() + 1);
                    int bytes = 1 + random.nextInt(60);
                    log.evict(beginning, bytes);
                    List<LogDelta> behind = deltas.stream()
                            .filter(delta -> !missing.get((int) delta.offset())
                                    && delta.offset()
                                                    - missing.get(0, (int) delta.offset())
                                                            .cardinality()
                                            >= beginning)
                            .toList();
                    behind.stream()
                            .filter(delta -> delta.offset() < behind.get(0).offset() + bytes)
                            .forEach(delta -> missing.set((int) delta.offset(), (int) delta.end()));
                }
                default -> {
                    byte[] bytes = randomBytes(random, 1 + random.nextInt(20));
                    deltas.add(new LogDelta(size, NOON, bytes));
                    log.append(bytes);
                }
            }
            assertThat(log.extent().missing()).isEqualTo(missing.cardinality());
            int offset = random.nextInt((int) log.extent().size() + 1);
            LogSlice slice = logs().read(log.id(), offset, 4 + random.nextInt(100));
            boolean isMissing = missing.get(offset);
            assertThat(slice.isEmpty()).isEqualTo(offset == log.extent().size());
            assertThat(slice.gap().isPresent()).isEqualTo(isMissing);
            int end = (int) slice.end();
            assertThat(missing.get(offset, end).cardinality()).isEqualTo(isMissing ? end - offset : 0);
            assertThat(slice.bytes())
                    .isEqualTo(isMissing ? new byte[0] : Arrays.copyOfRange(log.expected(), offset, end));
            long lines = random.nextInt(30);
            assertThat(logs().tailOffset(log.id(), lines)).isEqualTo(tailOffsetBeforeGaps(log, lines));
            if (!isMissing) {
                long line = LogDelta.countNewlines(Arrays.copyOf(log.expected(), offset)) + 1L;
                assertThat(logs().lineAt(log.id(), offset)).isEqualTo(line);
            }
        }
    }

    /** What the tail's offset would be without gaps; or, where that is in one or just behind, the gap's. */
    private long tailOffsetBeforeGaps(LogAppender log, long lines) {
        LogExtent extent = log.extent();
        if (lines == 0 || lines >= extent.lineCount()) {
            return lines == 0 ? extent.size() : 0;
        }
        byte[] expected = log.expected();
        int newline = expected.length;
        for (long left = lines + (extent.endsInLine() ? 0 : 1); left > 0; left--) {
            newline--;
            while (expected[newline] != '\n') {
                newline--;
            }
        }
        int found = newline;
        return slices(log, PLENTY).stream()
                .flatMap(slice -> slice.gap().stream())
                .filter(gap -> gap.offset() <= found && gap.end() > found)
                .mapToLong(LogGap::offset)
                .findFirst()
                .orElse(found + 1);
    }

    @Test
    void threadsThatAppendToManyLogsLoseNothingWhileOthersRead() throws Exception {
        int writers = 8;
        List<LogAppender> appenders = new ArrayList<>();
        List<Callable<Void>> tasks = new ArrayList<>();
        for (int writer = 0; writer < writers; writer++) {
            LogAppender log = newLog();
            appenders.add(log);
            Random random = new Random(writer);
            tasks.add(() -> {
                for (int i = 0; i < 200; i++) {
                    log.append(randomBytes(random, 1 + random.nextInt(3000)));
                }
                deployments().finish(log.id(), Outcome.ofExitStatus(0), NOON);
                return null;
            });
        }
        ExecutorService threads = Executors.newFixedThreadPool(2 * writers);
        try {
            List<Future<byte[]>> followed = new ArrayList<>();
            for (LogAppender log : appenders) {
                followed.add(threads.submit(() -> readUntilTheEnd(log.id())));
            }
            for (Future<Void> task : threads.invokeAll(tasks)) {
                task.get();
            }
            for (int writer = 0; writer < writers; writer++) {
                assertThat(followed.get(writer).get())
                        .isEqualTo(appenders.get(writer).expected());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private LogAppender newLog() {
        Deployment deployment = deployments()
                .admit(
                        DeploymentId.create(NOON),
                        RequestDraft.plain().request(),
                        "/srv",
                        NOON,
                        new Limits(Integer.MAX_VALUE, 0))
                .deployment();
        return new LogAppender(logs(), deployment);
    }

    private String text(LogAppender log, long offset, int maxBytes) {
        return new String(logs().read(log.id(), offset, maxBytes).bytes(), UTF_8);
    }

    /** The log from its beginning, the gaps in words. */
    private List<String> pieces(LogAppender log) {
        return slices(log, PLENTY).stream().map(LogStoreContract::piece).toList();
    }

    private static String piece(LogSlice slice) {
        return slice.gap()
                .map(gap -> gap.offset() + ".." + gap.end() + (gap.isExact() ? " " : " at least ") + gap.reason())
                .orElseGet(() -> new String(slice.bytes(), UTF_8));
    }

    @Test
    void logOfADeletedDeploymentCanNeitherBeReadNorAppendedTo() {
        LogAppender log = newLog().append("one\n");
        deployments().finish(log.id(), Outcome.ofExitStatus(0), NOON);
        deployments().delete(log.id(), NOON);

        assertThatExceptionOfType(UnknownDeploymentException.class)
                .isThrownBy(() -> logs().read(log.id(), 0, PLENTY))
                .withMessageContaining("was deleted");
        assertThatExceptionOfType(UnknownDeploymentException.class)
                .isThrownBy(() -> logs().tailOffset(log.id(), 1))
                .withMessageContaining("was deleted");
        assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> log.append("two\n"));
    }

    private byte[] readAll(LogAppender log, int maxBytes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        slices(log, maxBytes).forEach(slice -> all.writeBytes(slice.bytes()));
        return all.toByteArray();
    }

    private List<LogSlice> slices(LogAppender log, int maxBytes) {
        List<LogSlice> slices = new ArrayList<>();
        for (long offset = 0;
                offset < log.extent().size();
                offset = slices.get(slices.size() - 1).end()) {
            slices.add(logs().read(log.id(), offset, maxBytes));
        }
        return slices;
    }

    private byte[] readUntilTheEnd(DeploymentId id) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        LogSlice slice;
        do {
            slice = logs().read(id, all.size(), PLENTY);
            all.writeBytes(slice.bytes());
        } while (!slice.isLast());
        return all.toByteArray();
    }

    /** Bytes of which many are newlines and many belong to characters, whole ones or not. */
    private static byte[] randomBytes(Random random, int length) {
        byte[] pool = bytes("\nabé€😀");
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = random.nextInt(4) == 0 ? (byte) random.nextInt(256) : pool[random.nextInt(pool.length)];
        }
        return bytes;
    }

    private static long tailOffset(byte[] log, long lines) {
        int offset = log.length;
        for (long line = 0; line < lines && offset > 0; line++) {
            offset--; // the newline at the end of the line, or the last byte of an unfinished one
            while (offset > 0 && log[offset - 1] != '\n') {
                offset--;
            }
        }
        return offset;
    }

    /** Where the line begins that holds an offset; the end of the log if it is not begun yet. */
    private static long lineStart(byte[] log, int offset) {
        int start = offset;
        while (start > 0 && log[start - 1] != '\n') {
            start--;
        }
        return start;
    }

    private static boolean isText(byte[] bytes) {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
