package io.deploytail.client.cli;

/**
 * A line on a terminal that says what is being waited for, and goes away. On anything else there is none. Not
 * thread-safe.
 */
final class StatusLine {
    // Longer lines would wrap, and erasing erases only one.
    private static final int MAX_CHARACTERS = 78;

    private final CliContext context;
    private boolean shown;

    StatusLine(CliContext context) {
        this.context = context;
    }

    void show(String text) {
        if (context.errIsTerminal()) {
            context.err().print("\r\033[K" + Printable.shortened(Printable.of(text), MAX_CHARACTERS));
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
