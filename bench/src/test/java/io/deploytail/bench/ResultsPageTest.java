package io.deploytail.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsPageTest {
    private static final Figure FIGURE = new Figure("delay, ms");

    @TempDir
    Path directory;

    private final Scenario scenario = new LiveScenario();
    private final Report report = new Report(scenario, "bench/run.sh live", "abc123", "2 × a processor");

    @Test
    void ratioIsThatOfEachRoundAndGoalsAreJudgedByTheMedians() throws Exception {
        report.compare(rounds(List.of(20.0, 30.0, 90.0), List.of(10.0, 10.0, 60.0)), "ours", "theirs");
        report.goal(FIGURE, "ours", Goal.RATIO_AT_MOST.of(2));

        assertThat(page())
                .contains("| [live](#live) | delay, ms | ours | 30 | theirs: 10 | 2 | ratio ≤ 2 | yes |")
                .contains("| delay, ms | ours | 30 (20 to 90) | theirs: 10 | 2 (1.50 to 3) |")
                .contains("`bench/run.sh live`", "commit abc123", "2 × a processor");
    }

    @Test
    void goalThatIsMissedIsSaidToBe() throws Exception {
        report.compare(rounds(List.of(5.0), List.of(10.0)), "ours", "theirs");
        report.goal(FIGURE, "ours", Goal.AT_MOST.of(4.5));

        assertThat(page()).contains("| ≤ 4.5 | **no** |");
    }

    @Test
    void goalWithoutItsYardstickIsNotJudged() throws Exception {
        report.compare(rounds(List.of(5.0), List.of(10.0)), "ours", "not installed");
        report.goal(FIGURE, "ours", Goal.RATIO_AT_LEAST.of(0.9));

        assertThat(page()).contains("| ratio ≥ 0.9 | not measured |");
    }

    @Test
    void eachRoundBeginsWithAnotherSide() throws Exception {
        StringBuilder order = new StringBuilder();
        Map<String, Side> sides = new LinkedHashMap<>();
        for (String name : List.of("a", "b", "c")) {
            sides.put(name, () -> {
                order.append(name);
                return new Measurement();
            });
        }
        Rounds.alternate(3, sides);

        assertThat(order).hasToString("abcbcacab");
    }

    private static Rounds rounds(List<Double> ours, List<Double> theirs) throws Exception {
        Queue<Double> first = new ArrayDeque<>(ours);
        Queue<Double> second = new ArrayDeque<>(theirs);
        Map<String, Side> sides = new LinkedHashMap<>();
        sides.put("ours", () -> new Measurement().with(FIGURE, first.remove()));
        sides.put("theirs", () -> new Measurement().with(FIGURE, second.remove()));
        return Rounds.alternate(ours.size(), sides);
    }

    private String page() throws Exception {
        ResultsPage page = new ResultsPage(directory);
        page.keep(report);
        page.write(List.of(scenario.name(), "never measured"));
        return Files.readString(directory.resolve("RESULTS.md"));
    }
}
