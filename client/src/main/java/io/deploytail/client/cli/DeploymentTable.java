package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Deployments as an aligned table, one line each. */
final class DeploymentTable {
    private static final int MAX_TARGET_CHARACTERS = 32;
    private static final int MAX_COMMAND_CHARACTERS = 60;
    private static final int STATE_COLUMN = 1;
    private static final String GAP = "  ";

    private final DeploymentText text;
    private final Colours colours;
    private final List<Row> rows = new ArrayList<>();

    private record Row(List<String> cells, UnaryOperator<String> paintState) {}

    DeploymentTable(DeploymentText text, Colours colours) {
        this.text = text;
        this.colours = colours;
        rows.add(new Row(List.of("ID", "STATE", "TARGET", "CREATED", "DURATION", "COMMAND"), UnaryOperator.identity()));
    }

    void add(Deployment deployment) {
        String target = deployment.target().map(Printable::of).orElse("-");
        rows.add(new Row(
                List.of(
                        Printable.of(deployment.id()),
                        deployment.state().name(),
                        Printable.shortened(target, MAX_TARGET_CHARACTERS),
                        DeploymentText.time(deployment.createTime()),
                        text.took(deployment).orElse("-"),
                        Printable.shortened(Printable.command(deployment.command()), MAX_COMMAND_CHARACTERS)
                                + DeploymentText.queue(deployment)
                                        .map(place -> " (" + place + ")")
                                        .orElse("")),
                state -> colours.paint(state, deployment.state())));
    }

    /** The lines, the head first. */
    List<String> lines() {
        return lines(Integer.MAX_VALUE);
    }

    /** The lines, the head first, each cut to so many characters. */
    List<String> lines(int maxCharacters) {
        int[] widths =
                IntStream.range(0, rows.get(0).cells().size()).map(this::width).toArray();
        return rows.stream().map(row -> line(row, widths, maxCharacters)).toList();
    }

    private static String line(Row row, int[] widths, int maxCharacters) {
        StringBuilder line = new StringBuilder();
        int left = maxCharacters;
        for (int column = 0; column < row.cells().size() && left > 0; column++) {
            String cell = Printable.shortened(row.cells().get(column), left);
            left -= widths[column] + GAP.length();
            line.append(column == STATE_COLUMN ? row.paintState().apply(cell) : cell);
            line.append(" ".repeat(Math.max(0, widths[column] - characters(cell))))
                    .append(GAP);
        }
        return line.toString().stripTrailing();
    }

    private int width(int column) {
        return rows.stream()
                .mapToInt(row -> characters(row.cells().get(column)))
                .max()
                .orElse(0);
    }

    private static int characters(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
