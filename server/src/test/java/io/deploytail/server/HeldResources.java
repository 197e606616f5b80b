package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** How many descriptors and threads a server process holds. */
record HeldResources(int descriptors, int threads) {
    /**
     * Not counted: connections to the database, which have a limit of their own and are made when they are first needed;
     * and the Java runtime's compilers and waiters for child processes, which it keeps for a while.
     */
    private static final String FUNCTIONS = """
            pid=$1
            descriptors() { ls -l /proc/$pid/fd | grep -cv deploytail.db; }
            threads() { cat /proc/$pid/task/*/comm | grep -cv -e 'process reaper' -e Compiler; }
            """;

    static HeldResources of(ServerProcess server) throws IOException {
        List<Integer> counts = shell(server, FUNCTIONS + "descriptors; threads")
                .inputReader()
                .lines()
                .map(Integer::valueOf)
                .toList();
        return new HeldResources(counts.get(0), counts.get(1));
    }

    /** Waits until the server holds no more of either than this. */
    void awaitNoMore(ServerProcess server) throws IOException, InterruptedException {
        String script = "until [ $(descriptors) -le $2 ] && [ $(threads) -le $3 ]; do sleep 0.1; done";
        int exit = shell(server, FUNCTIONS + script, descriptors, threads).waitFor();
        assertThat(exit).as("now %s, before %s", of(server), this).isZero();
    }

    private static Process shell(ServerProcess server, String script, int... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of("timeout", "30", "sh", "-c", script, "-"));
        line.add(Long.toString(server.pid()));
        for (int argument : arguments) {
            line.add(Integer.toString(argument));
        }
        return new ProcessBuilder(line).start();
    }
}
