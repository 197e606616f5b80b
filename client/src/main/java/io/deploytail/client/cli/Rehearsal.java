package io.deploytail.client.cli;

import com.google.protobuf.Timestamp;
import io.deploytail.v1.DeployServiceGrpc.DeployServiceImplBase;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.ListDeploymentsResponse;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StartDeployResponse;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A process that uses the commands as users do, so that the launcher learns which classes they need. They call a server
 * in this process that has one deployment and starts nothing, so it needs no other and changes nothing.
 */
final class Rehearsal {
    private static final Timestamp TIME =
            Timestamp.newBuilder().setSeconds(1_700_000_000).build();
    private static final Deployment RUNNING = Deployment.newBuilder()
            .setDeploymentId("00000000-0000-7000-8000-000000000000")
            .setTarget("rehearsal")
            .addCommand("true")
            .putLabels("name", "value")
            .setState(Deployment.State.STATE_RUNNING)
            .setCreateTime(TIME)
            .setStartTime(TIME)
            .build();
    private static final Deployment ENDED = RUNNING.toBuilder()
            .setState(Deployment.State.STATE_SUCCEEDED)
            .setEndReason(Deployment.EndReason.END_REASON_EXITED)
            .setExitCode(0)
            .setEndTime(TIME)
            .setLogSize(1)
            .build();

    private Rehearsal() {}

    /** Ends the JVM, with exit code 0 if all went well. */
    public static void main(String[] args) throws IOException {
        Main.useLibrariesLightly();
        Server server = startServer();
        String address = "127.0.0.1:" + server.getPort();
        int failed = Main.run("--server", address, "list") + Main.run("--help");
        if (failed == 0) {
            Main.main(new String[] {"--server", address, "run", "--", "true"});
        }
        Runtime.getRuntime().halt(1);
    }

    /** With the transport that the client uses, so that no further one is loaded. */
    private static Server startServer() throws IOException {
        EventLoopGroup threads = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .channelType(NioServerSocketChannel.class)
                .bossEventLoopGroup(threads)
                .workerEventLoopGroup(threads)
                .directExecutor()
                .addService(new OneDeployment())
                .build()
                .start();
    }

    private static final class OneDeployment extends DeployServiceImplBase {
        @Override
        public void startDeploy(StartDeployRequest request, StreamObserver<StartDeployResponse> answer) {
            answer.onNext(
                    StartDeployResponse.newBuilder().setDeployment(RUNNING).build());
            answer.onCompleted();
        }

        @Override
        public void streamLogs(StreamLogsRequest request, StreamObserver<StreamLogsResponse> answer) {
            LogChunk chunk = LogChunk.newBuilder()
                    .setNextOffset(1)
                    .setTime(TIME)
                    .setText("\n")
                    .build();
            LogEnd end = LogEnd.newBuilder()
                    .setDeployment(ENDED)
                    .setNextOffset(1)
                    .setReason(LogEnd.Reason.REASON_FINISHED)
                    .build();
            answer.onNext(StreamLogsResponse.newBuilder().setDeployment(RUNNING).build());
            answer.onNext(StreamLogsResponse.newBuilder().setChunk(chunk).build());
            answer.onNext(StreamLogsResponse.newBuilder().setEnd(end).build());
            answer.onCompleted();
        }

        @Override
        public void listDeployments(ListDeploymentsRequest request, StreamObserver<ListDeploymentsResponse> answer) {
            answer.onNext(
                    ListDeploymentsResponse.newBuilder().addDeployments(ENDED).build());
            answer.onCompleted();
        }
    }
}
