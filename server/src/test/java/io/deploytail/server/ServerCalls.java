package io.deploytail.server;

import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.DeployServiceGrpc.DeployServiceBlockingStub;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.GetDeploymentRequest;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.grpc.Channel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Shorthand for what tests ask of a server, be it in their own process or another. */
interface ServerCalls {
    Channel channel();

    default DeployServiceBlockingStub stub() {
        return DeployServiceGrpc.newBlockingStub(channel()).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    default Deployment run(String... command) {
        return start(StartDeployRequest.newBuilder().addAllCommand(List.of(command)));
    }

    default Deployment shell(String script) {
        return run("sh", "-c", script);
    }

    default Deployment start(StartDeployRequest.Builder request) {
        return stub().startDeploy(request.build()).getDeployment();
    }

    default Deployment get(String id) {
        return stub().getDeployment(
                        GetDeploymentRequest.newBuilder().setDeploymentId(id).build())
                .getDeployment();
    }

    default Deployment cancel(String id) {
        return stub().cancelDeployment(
                        CancelDeploymentRequest.newBuilder().setDeploymentId(id).build())
                .getDeployment();
    }

    default Follower follow(Deployment deployment) {
        return follow(deployment, 0);
    }

    default Follower follow(Deployment deployment, long fromOffset) {
        return follow(StreamLogsRequest.newBuilder()
                .setDeploymentId(deployment.getDeploymentId())
                .setFromOffset(fromOffset));
    }

    default Follower follow(StreamLogsRequest.Builder request) {
        return Follower.start(channel(), request.build());
    }

    /** Follows until the end and returns the final deployment. */
    default Deployment awaitEnd(Deployment deployment) throws InterruptedException {
        return follow(deployment).end().getDeployment();
    }

    /** The whole log of a deployment that has ended, or will. */
    default byte[] log(Deployment deployment) throws InterruptedException {
        Follower follower = follow(deployment);
        follower.end();
        return follower.bytes();
    }

    default String text(Deployment deployment) throws InterruptedException {
        return new String(log(deployment), StandardCharsets.UTF_8);
    }
}
