package io.deploytail.client.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much a terminal shows.
 *
 * @param columns characters in a line, 1 at least
 * @param lines lines, 1 at least
 */
record TerminalSize(int columns, int lines) {
    private static final TerminalSize USUAL = new TerminalSize(80, 24);
    private static final Pattern LINES_AND_COLUMNS = Pattern.compile("([0-9]{1,5}) ([0-9]{1,5})");
    private static final int MAX_WAIT_SECONDS = 1;

    /** By the variables that shells have, else the size that every terminal has. Costs nothing. */
    static TerminalSize of(Map<String, String> environment) {
        return or(environment, USUAL);
    }

    /** As it is now, by the variables if they are set, else by asking the terminal, which starts a process. */
    static TerminalSize now(Map<String, String> environment) {
        boolean isKnown = environment.containsKey("COLUMNS") && environment.containsKey("LINES");
        return or(environment, isKnown ? USUAL : asked());
    }

    private static TerminalSize or(Map<String, String> environment, TerminalSize otherwise) {
        return new TerminalSize(
                number(environment.getOrDefault("COLUMNS", ""), otherwise.columns),
                number(environment.getOrDefault("LINES", ""), otherwise.lines));
    }

    /** A terminal that does not know its size says 0. */
    private static int number(String text, int otherwise) {
        try {
            int number = Integer.parseInt(text);
            return number > 0 ? number : otherwise;
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private static TerminalSize asked() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!stty.waitFor(MAX_WAIT_SECONDS, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
                return USUAL;
            }
            Matcher answer = LINES_AND_COLUMNS.matcher(
                    new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip());
            return answer.matches()
                    ? new TerminalSize(number(answer.group(2), USUAL.columns), number(answer.group(1), USUAL.lines))
                    : USUAL;
        } catch (IOException e) {
            return USUAL; // there is no terminal, or no such program
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return USUAL;
        }
    }
}
