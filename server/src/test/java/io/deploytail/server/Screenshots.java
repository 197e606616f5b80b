package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.Deployment;
import io.deploytail.v1.StartDeployRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Makes the pictures of the web page that the documentation shows. No test: it is run by name. */
class Screenshots {
    private static final Path PICTURES = Path.of("../docs");

    private static final String RELEASE = """
            #!/bin/sh
            printf '\\033[1mPacking acme-shop 1.4.2\\033[0m\\n'
            for i in $(seq 1 40); do echo "  checked assets/part-$i.js"; done
            printf '\\033[32mchecksums match\\033[0m\\n'
            for host in web1 web2 web3; do
              echo "Copying to $host"
              for i in $(seq 10 10 100); do printf '  %3d%% of 48 MB\\r' $i; sleep 0.12; done
              echo
            done
            printf '\\033[33mThe disk of web3 is nearly full\\033[0m\\n'
            echo 'Released to 3 hosts'
            """;

    @Test
    void takePictures(@TempDir Path directory, @TempDir Path profile) throws Exception {
        Path script = Files.writeString(directory.resolve("release.sh"), RELEASE);
        assertThat(script.toFile().setExecutable(true)).isTrue();
        try (TestServer server = TestServer.start(directory.resolve("data"), "--web", "127.0.0.1:0");
                Browser browser = Browser.start(profile)) {
            server.awaitEnd(server.start(release(directory)));
            server.awaitEnd(server.start(request("beta-books", "./release.sh", "--channel", "next")));
            server.awaitEnd(server.start(request("gamma-games", "seq", "1", "2000")));
            Deployment stopped = server.start(request("delta-drinks", "sleep", "1000"));
            server.cancel(stopped.getDeploymentId());
            server.awaitEnd(stopped);
            Deployment running = server.start(release(directory));
            Deployment next = server.start(release(directory));

            browser.open(server.webPage());
            Eventually.until(
                    "the list is there", () -> browser.text("#rows .state").startsWith("queued\nrunning"));
            Files.write(PICTURES.resolve("deployments.png"), browser.screenshot());
            browser.open(server.webPage() + "deployments/" + running.getDeploymentId());
            Eventually.until("it is under way", () -> browser.text("#log").contains("Copying to web3"));
            Files.write(PICTURES.resolve("deployment.png"), browser.screenshot());
            server.awaitEnd(running);
            server.awaitEnd(next);
        }
    }

    private static StartDeployRequest.Builder release(Path directory) {
        return request("acme-shop", "./release.sh")
                .setWorkingDirectory(directory.toString())
                .putLabels("commit", "c0ffee")
                .putLabels("env", "production");
    }

    private static StartDeployRequest.Builder request(String target, String... command) {
        return StartDeployRequest.newBuilder().setTarget(target).addAllCommand(List.of(command));
    }
}
