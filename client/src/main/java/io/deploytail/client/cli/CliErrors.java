package io.deploytail.client.cli;

import io.deploytail.client.AccessDeniedException;
import io.deploytail.client.DeploymentNotFoundException;
import io.deploytail.client.DeploytailException;
import io.deploytail.client.InvalidRequestException;
import io.deploytail.client.InvalidRequestException.FieldViolation;
import io.deploytail.client.LogCorruptedException;
import io.deploytail.client.LogLostException;
import io.deploytail.client.OffsetOutOfRangeException;
import io.deploytail.client.RequestConflictException;
import io.deploytail.client.RequestRefusedException;
import io.deploytail.client.ServerUnavailableException;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The only place where a failure becomes a sentence for the user and an exit code. */
final class CliErrors implements IExecutionExceptionHandler, IParameterExceptionHandler {
    private final DeploytailCommand root;

    CliErrors(DeploytailCommand root) {
        this.root = root;
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine commandLine = e.getCommandLine();
        say(String.valueOf(e.getMessage()).replaceFirst("^Error: ", ""));
        UnmatchedArgumentException.printSuggestions(e, commandLine.getErr());
        commandLine.getErr().flush();
        root.context().say("Try '" + commandLine.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE.code();
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine commandLine, ParseResult parseResult) {
        if (e instanceof ParameterException usage) {
            return handleParseException(usage, new String[0]);
        }
        if (e instanceof IOException) {
            return outputFailed(String.valueOf(e.getMessage()));
        }
        if (e instanceof CancellationException) {
            return ExitCode.STOPPED.code();
        }
        if (e instanceof DeploytailCommand.NoDeploymentException) {
            return fail(ExitCode.NOT_FOUND, "there is no deployment yet");
        }
        if (e instanceof FollowFailedException failure) {
            return followFailed(failure);
        }
        if (e instanceof StartUnansweredException start) {
            return fail(
                    ExitCode.UNREACHABLE,
                    e.getMessage() + "; is it running? Another is named with --server. " + start.advice());
        }
        return e instanceof DeploytailException failure ? callFailed(failure) : fail(ExitCode.INTERNAL, e.toString());
    }

    private int followFailed(FollowFailedException e) {
        String message = String.valueOf(e.getMessage());
        int exitCode;
        if (e.getCause() instanceof ServerUnavailableException) {
            exitCode = fail(ExitCode.UNREACHABLE, message);
        } else if (e.getCause() instanceof DeploytailException failure) {
            exitCode = callFailed(failure);
        } else {
            exitCode = outputFailed(message);
        }
        if (exitCode != ExitCode.OUTPUT_CLOSED.code()) {
            say("the deployment is not cancelled; read on with: " + e.resumeCommand());
        }
        return exitCode;
    }

    /** Says why a call has failed; returns the code to exit with. */
    int callFailed(DeploytailException e) {
        if (e instanceof ServerUnavailableException) {
            return fail(ExitCode.UNREACHABLE, e.getMessage() + "; is it running? Another is named with --server");
        }
        if (e instanceof DeploymentNotFoundException) {
            return fail(ExitCode.NOT_FOUND, e.getMessage() + "; 'deploytail list' shows what there is");
        }
        if (e instanceof InvalidRequestException invalid) {
            return refused(invalid);
        }
        if (e instanceof RequestConflictException) {
            return fail(ExitCode.REFUSED, String.valueOf(e.getMessage()));
        }
        if (e instanceof RequestRefusedException
                || e instanceof OffsetOutOfRangeException
                || (e instanceof AccessDeniedException denied && denied.isCallerKnown())) {
            return fail(ExitCode.REFUSED, String.valueOf(e.getMessage()));
        }
        if (e instanceof AccessDeniedException) {
            return fail(
                    ExitCode.REFUSED,
                    e.getMessage()
                            + "; a token is named with --token-file or in DEPLOYTAIL_TOKEN, a certificate with --cert"
                            + " and --key");
        }
        if (e instanceof LogLostException || e instanceof LogCorruptedException) {
            return fail(ExitCode.LOG_LOST, String.valueOf(e.getMessage()));
        }
        return fail(ExitCode.INTERNAL, "the server failed: " + e.getMessage());
    }

    private int refused(InvalidRequestException e) {
        if (e.violations().isEmpty()) {
            return fail(ExitCode.REFUSED, String.valueOf(e.getMessage()));
        }
        say("the server refuses the request:");
        for (FieldViolation violation : e.violations()) {
            root.context().say("  " + Printable.of(violation.field() + ": " + violation.description()));
        }
        return ExitCode.REFUSED.code();
    }

    private int outputFailed(String reason) {
        // Whoever read the output has left, as 'head' does. Other programs die of SIGPIPE then, without a word.
        return reason.contains("Broken pipe")
                ? ExitCode.OUTPUT_CLOSED.code()
                : fail(ExitCode.INTERNAL, "cannot write the output: " + reason);
    }

    private int fail(ExitCode exitCode, String message) {
        say(message);
        return exitCode.code();
    }

    private void say(String message) {
        root.context().say("deploytail: " + Printable.of(message));
    }
}
