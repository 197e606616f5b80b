package io.deploytail.bench;

import io.deploytail.client.DeploymentPage;
import io.deploytail.client.DeploymentQuery;
import io.deploytail.client.DeploymentState;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** A history that has grown long. */
final class HistoryScenario implements Scenario {
    private static final Figure LIST = new Figure("list a filtered page, ms");
    private static final Figure START = new Figure("start a command, ms");
    private static final int[] SIZES = {100, 1_000, 10_000, 100_000};
    private static final int TARGETS = 20;
    private static final int CALLS = 50;
    private static final int PAGE = 50;
    private static final List<String> COMMAND = List.of("true");

    @Override
    public String name() {
        return "history";
    }

    @Override
    public String title() {
        return "Does a long history slow down listing and starting?";
    }

    @Override
    public void run(Workshop workshop, Settings settings, Report report) throws Exception {
        report.note("A page of " + PAGE
                + ", filtered by target and state, and `StartDeploy` of `true` until its answer: the" + " median of "
                + CALLS + " calls each. The history is made by copying a deployment's rows.");
        Map<String, TestedServer> servers = new LinkedHashMap<>();
        try {
            Map<String, Side> sides = new LinkedHashMap<>();
            for (int size : SIZES) {
                if (settings.smoke() && size > SIZES[1]) {
                    continue;
                }
                TestedServer server = withHistory(workshop, size);
                servers.put(side(size), server);
                sides.put(side(size), () -> measure(server));
            }
            for (Side side : sides.values()) {
                side.measure(); // Java compiles what is to be measured
            }
            Rounds rounds = Rounds.alternate(settings.rounds(), sides);
            rounds.sides().forEach(side -> report.compare(rounds, side, side(SIZES[0])));
            String last = rounds.sides().get(rounds.sides().size() - 1);
            report.goal(LIST, last, Goal.AT_MOST.of(10));
            report.goal(START, last, Goal.AT_MOST.of(10));
            plot(report, rounds);
        } finally {
            for (TestedServer server : servers.values()) {
                server.close();
            }
        }
    }

    private static void plot(Report report, Rounds rounds) {
        Map<String, Double> ticks = new LinkedHashMap<>();
        List<Plot.Point> lists = new ArrayList<>();
        List<Plot.Point> starts = new ArrayList<>();
        for (int size : SIZES) {
            if (rounds.has(side(size))) {
                ticks.put(Console.number(size), (double) size);
                lists.add(new Plot.Point(size, Statistics.median(rounds.values(side(size), LIST))));
                starts.add(new Plot.Point(size, Statistics.median(rounds.values(side(size), START))));
            }
        }
        report.plot(
                "history.svg",
                Plot.ofGrowth("Calls against the length of the history", "deployments", "ms", ticks)
                        .line("list", lists)
                        .line("start", starts));
    }

    private static String side(int size) {
        return Console.number(size) + " deployments";
    }

    private static Measurement measure(TestedServer server) throws InterruptedException {
        DeploymentQuery query = DeploymentQuery.builder()
                .target("tenant-7")
                .state(DeploymentState.SUCCEEDED)
                .pageSize(PAGE)
                .build();
        Histogram lists = new Histogram(3);
        Histogram starts = new Histogram(3);
        for (int i = 0; i < CALLS; i++) {
            long start = System.nanoTime();
            DeploymentPage page = server.client().list(query);
            lists.recordValue(System.nanoTime() - start);
            if (page.deployments().isEmpty()) {
                throw new IllegalStateException("nothing was listed");
            }
            start = System.nanoTime();
            String id = server.start(COMMAND);
            starts.recordValue(System.nanoTime() - start);
            server.awaitEnd(id); // one at a time
        }
        return new Measurement()
                .with(LIST, lists.getValueAtPercentile(50) / 1e6)
                .with(START, starts.getValueAtPercentile(50) / 1e6);
    }

    private static TestedServer withHistory(Workshop workshop, int size) throws Exception {
        Path dataDirectory = workshop.newPath("data");
        TestedServer model = TestedServer.start(workshop, dataDirectory);
        model.awaitEnd(model.start(List.of("sh", "-c", "echo one; echo two")));
        model.stop();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + model.database());
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            copyDeployments(statement, size);
            connection.commit();
        }
        return TestedServer.start(workshop, dataDirectory);
    }

    private static void copyDeployments(Statement statement, int size) throws SQLException {
        Map<String, String> columns = new LinkedHashMap<>();
        try (ResultSet rows = statement.executeQuery("SELECT name FROM pragma_table_info('deployments')")) {
            while (rows.next()) {
                columns.put(rows.getString(1), rows.getString(1));
            }
        }
        columns.put("deployment_no", "number");
        columns.put("change_no", "1000000 + number"); // behind those of the model
        columns.put("deployment_id", "printf('01900000-0000-7000-8000-%012x', number)");
        columns.put("request_id", "NULL");
        columns.put("request_fingerprint", "NULL");
        columns.put("target", "printf('tenant-%d', number % " + TARGETS + ")");
        columns.put(
                "create_time", "strftime('%Y-%m-%dT%H:%M:%fZ', create_time, '-' || (1000000 - number) || ' seconds')");
        statement.executeUpdate(
                "WITH RECURSIVE numbers(number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM numbers WHERE"
                        + " number <= " + size + ") INSERT INTO deployments (" + String.join(", ", columns.keySet())
                        + ") SELECT "
                        + String.join(", ", columns.values()) + " FROM numbers, deployments WHERE deployment_no = 1");
        statement.executeUpdate("INSERT INTO log_chunks (deployment_no, start_offset, time, newline_count, bytes)"
                + " SELECT d.deployment_no, start_offset, time, newline_count, bytes FROM deployments d, log_chunks c"
                + " WHERE c.deployment_no = 1 AND d.deployment_no > 1");
    }
}
