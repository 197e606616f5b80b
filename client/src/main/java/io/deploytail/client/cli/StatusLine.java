package io.deploytail.client.cli;

/**
 * A line on a terminal that says what is being waited for, and goes away. On anything else there is none. Not
 * thread-safe.
 */
final class StatusLine {
    private final CliContext context;
    private final int maxCharacters;
    private boolean shown;

    StatusLine(CliContext context) {
        this.context = context;
        // Longer lines would wrap, and erasing erases only one.
        this.maxCharacters = Math.max(1, TerminalSize.of(context.environment()).columns() - 2);
    }

    void show(String text) {
        if (context.errIsTerminal()) {
            context.err().print("\r\033[K" + Printable.shortened(Printable.of(text), maxCharacters));
            context.err().flush();
            shown = true;
        }
    }

    void erase() {
        if (shown) {
            context.err().print("\r\033[K");
            context.err().flush();
            shown = false;
        }
    }
}
