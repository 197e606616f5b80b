package io.deploytail.server.deployment;

import static io.deploytail.server.deployment.LogAppender.NOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
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
        assertThat(extent).isEqualTo(new LogExtent(7, 1, true, (int) crc.getValue()));
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
