package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.server.deployment.DeploymentId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The processes that record a deployment's output: a shell that runs {@code record.sh}, and what that runs. */
public final class RecorderProcesses {
    private final String mark;

    private RecorderProcesses(String deploymentId) {
        this.mark = "DEPLOYTAIL_RECORDER_OF=" + deploymentId;
    }

    public static RecorderProcesses of(String deploymentId) {
        return new RecorderProcesses(deploymentId);
    }

    public static RecorderProcesses of(DeploymentId id) {
        return of(id.text());
    }

    /**
     * Kills those that have one of these program names, by the order of the names, once there is one of each. Returns when
     * they are gone.
     */
    public void kill(String... names) throws Exception {
        List<ProcessHandle> victims = new ArrayList<>();
        Eventually.until("there are " + List.of(names), () -> {
            victims.clear();
            for (String name : names) {
                List<ProcessHandle> found = named(name);
                if (found.isEmpty()) {
                    return false;
                }
                victims.addAll(found);
            }
            return true;
        });
        victims.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle victim : victims) {
            victim.onExit().get(1, TimeUnit.MINUTES);
        }
    }

    /** Kills those that have this program name, if any. Returns whether there were. */
    boolean killAny(String name) {
        List<ProcessHandle> found = named(name);
        found.forEach(ProcessHandle::destroyForcibly);
        return !found.isEmpty();
    }

    /** The one that writes what comes to a file. */
    public long writer() {
        List<ProcessHandle> found = named("dd");
        assertThat(found).hasSize(1);
        return found.get(0).pid();
    }

    /** Those that have this program name. */
    public List<ProcessHandle> named(String name) {
        try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
            return processes
                    .filter(process -> read(process, "comm").strip().equals(name))
                    .filter(process ->
                            List.of(read(process, "environ").split("\0", -1)).contains(mark))
                    .toList();
        }
    }

    private static String read(ProcessHandle process, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // gone meanwhile
        }
    }
}
