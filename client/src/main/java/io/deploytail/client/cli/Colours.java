package io.deploytail.client.cli;

import io.deploytail.client.DeploymentState;

/** Colours for a terminal, or none. */
enum Colours {
    NONE,
    ANSI;

    static Colours on(boolean wanted) {
        return wanted ? ANSI : NONE;
    }

    /** The text in the colour of the state. */
    String paint(String text, DeploymentState state) {
        if (this == NONE) {
            return text;
        }
        String colour = switch (state) {
            case SUCCEEDED -> "32";
            case FAILED -> "31";
            case CANCELLED -> "33";
            case RUNNING -> "36";
            case QUEUED, UNKNOWN -> "0";
        };
        return "\033[" + colour + "m" + text + "\033[0m";
    }
}
