package io.deploytail.client;

import java.io.IOException;
import java.io.OutputStream;

/** What a test has left running: it would write into the test's directory while that is being deleted. */
public final class LeftBehind {
    private LeftBehind() {}

    /** Ends all that has not ended on a server, and waits until it has. */
    public static void end(String address) throws IOException, InterruptedException {
        DeploymentQuery unfinished = DeploymentQuery.builder()
                .state(DeploymentState.QUEUED)
                .state(DeploymentState.RUNNING)
                .build();
        try (DeploytailClient client = DeploytailClient.connect(address)) {
            for (Deployment deployment : client.listAll(unfinished).toList()) {
                client.cancel(deployment.id(), "");
                try (LogStream log = client.follow(deployment.id())) {
                    log.writeTo(OutputStream.nullOutputStream());
                }
            }
        }
    }
}
