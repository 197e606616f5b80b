package io.deploytail.bench;

import io.deploytail.client.LogEvent;
import io.deploytail.client.LogRequest;
import io.deploytail.client.LogStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Appending to logs that are short and to logs that are long. */
final class AppendScenario implements Scenario {
    private static final Figure COST = new Figure("ms per MB");
    private static final String COLUMN = "one column, ";
    private static final long MEGABYTE = 1_000_000;
    private static final long[] SIZES = {1, 4, 16, 64, 256, 1000};
    private static final long LARGE_SIZE = 4000;
    private static final long BASE_SIZE = 16;
    private static final long BURST = 4 * MEGABYTE;

    /** Larger ones would take minutes. */
    private static final long MAX_COLUMN_SIZE = 64;

    private static final int DELTA_BYTES = 64 << 10;
    private static final int DELTAS = 4;

    @Override
    public String name() {
        return "append";
    }

    @Override
    public String title() {
        return "Does appending cost more, the longer the log is?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note(
                "To a log that has so many MB already, a running command adds 4 MB, until the last byte has reached a"
                        + " follower. `one column` is `UPDATE logs SET log = log || ?` with 64 KiB at a time, in SQLite in"
                        + " WAL mode with synchronous=NORMAL; nothing is run or sent there.");
        List<Long> sizes = new ArrayList<>();
        for (long size : SIZES) {
            if (!settings.smoke() || size <= BASE_SIZE) {
                sizes.add(size);
            }
        }
        if (settings.large()) {
            sizes.add(LARGE_SIZE);
        }
        List<GrowingLog> logs = new ArrayList<>();
        try (TestedServer server = TestedServer.start(workshop, "--log-limit", "8GiB")) {
            Map<String, Side> sides = new LinkedHashMap<>();
            for (long size : sizes) {
                GrowingLog log = GrowingLog.start(workshop, server);
                log.grow(size * MEGABYTE);
                logs.add(log);
                sides.put(side("", size), () -> new Measurement().with(COST, log.grow(BURST) / (BURST / MEGABYTE)));
                if (size <= MAX_COLUMN_SIZE) {
                    sides.put(side(COLUMN, size), () -> new Measurement().with(COST, concatenate(workshop, size)));
                }
            }
            for (GrowingLog log : logs) {
                log.grow(BURST); // Java compiles what is to be measured
            }
            Rounds rounds = Rounds.alternate(settings.rounds(), sides);
            report(report, rounds, sizes);
        } finally {
            logs.forEach(GrowingLog::close);
        }
    }

    private static void report(Report report, Rounds rounds, List<Long> sizes) {
        List<Plot.Point> rows = new ArrayList<>();
        List<Plot.Point> column = new ArrayList<>();
        Map<String, Double> ticks = new LinkedHashMap<>();
        for (long size : sizes) {
            report.compare(rounds, side("", size), side("", BASE_SIZE));
            ticks.put(String.valueOf(size), (double) size);
            rows.add(new Plot.Point(size, Statistics.median(rounds.values(side("", size), COST))));
        }
        for (long size : sizes) {
            if (size <= MAX_COLUMN_SIZE) {
                report.compare(rounds, side(COLUMN, size), side(COLUMN, BASE_SIZE));
                column.add(new Plot.Point(size, Statistics.median(rounds.values(side(COLUMN, size), COST))));
            }
        }
        report.goal(COST, side("", sizes.get(sizes.size() - 1)), Goal.RATIO_AT_MOST.of(1.1));
        report.plot(
                "append.svg",
                Plot.ofGrowth("What a further MB costs", "MB in the log", "ms", ticks)
                        .line("deploytail", rows)
                        .line("one column", column));
    }

    private static String side(String kind, long size) {
        return kind + size + " MB";
    }

    /** What a MB costs that is added to a text of this size; in ms. */
    private static double concatenate(Workshop workshop, long size) throws Exception {
        Path directory = Files.createDirectory(workshop.newPath("column"));
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("log.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = WAL");
            statement.execute("PRAGMA synchronous = NORMAL");
            statement.execute("CREATE TABLE logs (log TEXT)");
            statement.execute(
                    "INSERT INTO logs VALUES (replace(hex(zeroblob(" + size * MEGABYTE / 2 + ")), '00', '- '))");
            try (PreparedStatement append = connection.prepareStatement("UPDATE logs SET log = log || ?")) {
                append.setString(1, "x".repeat(DELTA_BYTES));
                long start = System.nanoTime();
                for (int i = 0; i < DELTAS; i++) {
                    append.executeUpdate();
                }
                return (System.nanoTime() - start) / 1e6 / (DELTAS * DELTA_BYTES / (double) MEGABYTE);
            }
        } finally {
            Workshop.delete(directory);
        }
    }

    /** A running deployment whose command writes when it is told to, and one follower of it. */
    private static final class GrowingLog implements AutoCloseable {
        private final Workshop workshop;
        private final OutputStream orders;
        private final LogStream log;
        private long end;

        private GrowingLog(Workshop workshop, OutputStream orders, LogStream log) {
            this.workshop = workshop;
            this.orders = orders;
            this.log = log;
        }

        static GrowingLog start(Workshop workshop, TestedServer server) throws IOException, InterruptedException {
            Path orders = workshop.newPath("orders");
            Process mkfifo = workshop.start(new ProcessBuilder("mkfifo", orders.toString()));
            if (mkfifo.waitFor() != 0) {
                throw new IOException("mkfifo failed");
            }
            List<String> generate = workshop.generate(0, 0);
            String script =
                    "while read -r lines; do " + generate.get(0) + " " + generate.get(1) + " $lines 0; done <" + orders;
            String id = server.start(List.of("sh", "-c", script));
            OutputStream out = Files.newOutputStream(orders); // waits for the reader
            return new GrowingLog(workshop, out, server.client().follow(LogRequest.of(id)));
        }

        /** Has the command write so much, and returns how long it took until the follower had it; in ms. */
        double grow(long bytes) throws IOException, InterruptedException {
            long lines = workshop.pool().linesIn(bytes);
            end += workshop.pool().bytesOf(lines);
            long start = System.nanoTime();
            orders.write((lines + "\n").getBytes(StandardCharsets.UTF_8));
            orders.flush();
            long offset = 0;
            while (offset < end) {
                if (log.next() instanceof LogEvent.Chunk chunk) {
                    offset = chunk.nextOffset();
                }
            }
            return (System.nanoTime() - start) / 1e6;
        }

        @Override
        public void close() {
            log.close();
            try {
                orders.close(); // the command ends
            } catch (IOException e) {
                Console.say("cannot close: %s", e);
            }
        }
    }
}
