package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many deployments at once, asked for by several callers. */
@Timeout(120)
class ManyDeploymentsTest {
    private static final int CALLERS = 8;

    private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS);

    @TempDir
    private Path directory;

    private ServerProcess server;

    @BeforeEach
    void start() throws Exception {
        server = ServerProcess.start(directory.resolve("data"), "--max-running", "40");
    }

    @AfterEach
    void stop() {
        callers.shutdownNow();
        server.close();
    }

    @Test
    void everyScriptRunsThoughItWasWrittenJustBeforeAndSeesNothingOfTheServer() throws Exception {
        List<Future<Deployment>> started = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String name = "script-" + i;
            started.add(callers.submit(() -> server.run(script(name).toString())));
        }

        for (int i = 0; i < started.size(); i++) {
            assertThat(log(started.get(i).get()).lines())
                    .as("the script's name, the descriptors of ls with the directory, and the environment")
                    .containsExactly(
                            "script-" + i, "0", "1", "2", "3", "DEPLOYTAIL_DEPLOYMENT_ID HOME LANG PATH PWD USER");
        }
    }

    @Test
    void serverHoldsNoMoreDescriptorsAndThreadsAfterwards() throws Exception {
        runMany(60); // what is made when it is needed for the first time
        HeldResources before = HeldResources.of(server);

        runMany(300);

        before.awaitNoMore(server);
    }

    /** An executable that says its name, which descriptors it hands on, and the names in its environment. */
    private Path script(String name) throws IOException {
        Path script = directory.resolve(name);
        Files.createFile(script, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return Files.writeString(script, """
                #!/bin/sh
                echo %s
                ls /proc/self/fd
                echo $(tr '\\0' '\\n' </proc/$$/environ | cut -d = -f 1 | LC_ALL=C sort)
                """.formatted(name));
    }

    private void runMany(int deployments) throws Exception {
        List<Future<String>> logs = new ArrayList<>();
        for (int i = 0; i < deployments; i++) {
            logs.add(callers.submit(() -> log(server.run("echo", "hello"))));
        }
        for (Future<String> log : logs) {
            assertThat(log.get()).isEqualTo("hello\n");
        }
    }

    private String log(Deployment deployment) throws InterruptedException {
        Follower follower = server.follow(deployment);
        Deployment ended = follower.end().getDeployment();
        assertThat(ended.getState()).as(follower.text()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        return follower.text();
    }
}
