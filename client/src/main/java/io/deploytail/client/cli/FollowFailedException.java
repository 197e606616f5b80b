package io.deploytail.client.cli;

/** A log could not be read or printed to its end, for the reason in the cause. */
final class FollowFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String resumeCommand;

    FollowFailedException(String resumeCommand, Exception cause) {
        super(cause.getMessage(), cause);
        this.resumeCommand = resumeCommand;
    }

    /** The command line that reads on where the log stopped. */
    String resumeCommand() {
        return resumeCommand;
    }
}
