package io.deploytail.client.cli;

import java.util.Map;

/**
 * How much a terminal shows, by the variables that shells set, else the size that every terminal has.
 *
 * @param columns characters in a line, 1 at least
 * @param lines lines, 1 at least
 */
record TerminalSize(int columns, int lines) {
    private static final int USUAL_COLUMNS = 80;
    private static final int USUAL_LINES = 24;

    static TerminalSize of(Map<String, String> environment) {
        return new TerminalSize(
                number(environment, "COLUMNS", USUAL_COLUMNS), number(environment, "LINES", USUAL_LINES));
    }

    private static int number(Map<String, String> environment, String name, int usual) {
        try {
            return Math.max(1, Integer.parseInt(environment.getOrDefault(name, "")));
        } catch (NumberFormatException e) {
            return usual;
        }
    }
}
