package io.deploytail.server.process;

import io.deploytail.server.deployment.DeployRequest;
import io.deploytail.server.deployment.DeploymentId;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The shell script that becomes the command.
 *
 * <p>Nothing in it is open to interpretation: all that comes from the request is in single quotes, and {@code exec}
 * takes only programs, so that a command named {@code exit} or {@code cd} is looked up and not found. The environment is
 * set last, so that no value of it has a say in how the script runs.
 */
final class CommandScript {
    private CommandScript() {}

    /**
     * A script for {@code sh}, run in the run directory, with the command's umask as its first argument. Where it fails
     * before the command runs, it empties the file {@code started}: a full disk can't prevent that.
     */
    static String of(DeploymentId id, DeployRequest request, String workingDirectory, Path started) {
        StringBuilder script = new StringBuilder();
        // A trap dies with the shell that exec replaces: it is run only if exec, or what comes before, fails.
        script.append("trap ")
                .append(quote(": >" + quote(started.toString())))
                .append(" EXIT\n")
                // A shell runs nothing of a group that has no end: a script that a power cut made shorter does nothing.
                .append("{\n")
                .append("read -r boot </proc/sys/kernel/random/boot_id\n")
                .append("read -r stat </proc/self/stat\n")
                .append("echo \"$boot $stat\" >command.id || exit 126\n")
                .append("umask \"$1\"\n")
                .append("cd ")
                .append(quote(workingDirectory))
                .append(" || exit 127\n")
                .append("unset OLDPWD\n");
        export(script, DeploymentId.ENVIRONMENT_NAME, id.text());
        new TreeMap<>(request.env()).forEach((name, value) -> export(script, name, value));
        new TreeMap<>(request.secretEnv()).forEach((name, value) -> export(script, name, value));
        return script.append("exec ")
                .append(words(request.command()))
                .append("\n}\n")
                .toString();
    }

    private static void export(StringBuilder script, String name, String value) {
        script.append("export ").append(name).append('=').append(quote(value)).append('\n');
    }

    private static String words(List<String> command) {
        return command.stream().map(CommandScript::quote).collect(Collectors.joining(" "));
    }

    private static String quote(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }
}
