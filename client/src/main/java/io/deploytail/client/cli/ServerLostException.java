package io.deploytail.client.cli;

/** The server went away in the middle of a log and did not come back in time. */
final class ServerLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String resumeCommand;

    ServerLostException(String resumeCommand, Throwable cause) {
        super(cause.getMessage(), cause);
        this.resumeCommand = resumeCommand;
    }

    /** The command line that reads on where the log stopped. */
    String resumeCommand() {
        return resumeCommand;
    }
}
