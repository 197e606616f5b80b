package io.deploytail.client.cli;

import io.deploytail.client.Deployment;
import io.deploytail.client.EndReason;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What {@code deploytail} exits with when it is not a command's own exit code.
 *
 * <p>Most commands use 0 to 125 for themselves, shells use 126, 127 and 128 plus a signal's number: so these begin at
 * 200, but for the two that every program in a pipeline has. A command may use any of them all the same; {@code --json}
 * or {@code show} tell them apart.
 */
enum ExitCode {
    STOPPED(130, "Ctrl-C: following stopped, the deployment goes on"),
    OUTPUT_CLOSED(141, "nobody reads the output any more, as with '| head'; the deployment goes on"),
    USAGE(200, "the command line is not understood"),
    UNREACHABLE(201, "the server cannot be reached"),
    NOT_FOUND(202, "there is no such deployment"),
    CANCELLED(203, "the deployment was cancelled"),
    TIMED_OUT(204, "the deployment ran, or was silent, for too long"),
    INTERRUPTED(205, "the deployment was interrupted; its exit code is unknown"),
    REFUSED(206, "the server refuses the request"),
    LOG_LOST(207, "the server has lost what it had sent of the log, or has another log than was received"),
    INTERNAL(208, "the output cannot be written, or a fault in the server or in this program");

    private final int code;
    private final String meaning;

    ExitCode(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    int code() {
        return code;
    }

    /** How {@code run} exits after this deployment: as its command did, if it did. */
    static int ofEnded(Deployment deployment) {
        return switch (deployment.endReason().orElse(EndReason.UNKNOWN)) {
            case EXITED, FAILED_TO_START -> deployment.exitCode().orElse(INTERNAL.code);
            case SIGNALLED ->
                deployment.signal().isPresent() ? 128 + deployment.signal().getAsInt() : INTERNAL.code;
            case CANCELLED -> CANCELLED.code;
            case TIMED_OUT, SILENT_TOO_LONG -> TIMED_OUT.code;
            case INTERRUPTED -> INTERRUPTED.code;
            case UNKNOWN -> INTERNAL.code;
        };
    }

    /** The table for the help text: codes in order, each with its meaning. */
    static Map<String, String> table() {
        Map<String, String> table = new LinkedHashMap<>();
        table.put(
                "0-255",
                "run: the command's own, whatever it is, 128+N if signal N ended it; all others: 0 is success");
        for (ExitCode exitCode : values()) {
            table.put(Integer.toString(exitCode.code), exitCode.meaning);
        }
        return table;
    }
}
