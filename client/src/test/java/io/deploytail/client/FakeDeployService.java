package io.deploytail.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.CancelDeploymentResponse;
import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.DeleteDeploymentResponse;
import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.GetDeploymentRequest;
import io.deploytail.v1.GetDeploymentResponse;
import io.deploytail.v1.Heartbeat;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.ListDeploymentsResponse;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.LogGap;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StartDeployResponse;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.StreamLogsResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * A server with one deployment whose command has ended, and switches for what can go wrong. Each stream plays the next
 * script that was planned; without one it serves the log as it should be.
 */
public final class FakeDeployService extends DeployServiceGrpc.DeployServiceImplBase {
    public static final String ID = "0193a000-0000-7000-8000-000000000001";

    /** What one stream does. */
    public interface Script {
        void play(StreamLogsRequest request, ServerCallStreamObserver<StreamLogsResponse> stream);
    }

    public final BlockingQueue<StreamLogsRequest> streamRequests = new LinkedBlockingQueue<>();
    public final BlockingQueue<StartDeployRequest> startRequests = new LinkedBlockingQueue<>();
    public final BlockingQueue<ListDeploymentsRequest> listRequests = new LinkedBlockingQueue<>();
    public final BlockingQueue<CancelDeploymentRequest> cancelRequests = new LinkedBlockingQueue<>();

    public final BlockingQueue<DeleteDeploymentRequest> deleteRequests = new LinkedBlockingQueue<>();

    private final Queue<Script> scripts = new ConcurrentLinkedQueue<>();
    private final Queue<Consumer<StreamObserver<?>>> answers = new ConcurrentLinkedQueue<>();
    private volatile byte[] log = new byte[0];
    private volatile Deployment deployment = succeeded();
    private volatile List<Deployment> listed = List.of();

    public static Deployment succeeded() {
        return Deployment.newBuilder()
                .setDeploymentId(ID)
                .addCommand("./release.sh")
                .setWorkingDirectory("/srv")
                .setState(Deployment.State.STATE_SUCCEEDED)
                .setEndReason(Deployment.EndReason.END_REASON_EXITED)
                .setExitCode(0)
                .setCreateTime(Timestamp.newBuilder().setSeconds(1_700_000_000))
                .setStartTime(Timestamp.newBuilder().setSeconds(1_700_000_000))
                .setEndTime(Timestamp.newBuilder().setSeconds(1_700_000_072))
                .build();
    }

    public void hasLog(String text) {
        hasLog(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Gives the deployment this log, and the size and checksum that belong to it. */
    public void hasLog(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        log = bytes.clone();
        deployment = deployment.toBuilder()
                .setLogSize(bytes.length)
                .setLogCrc32C((int) checksum.getValue())
                .build();
    }

    /** Makes this the deployment; size and checksum of the log are kept as they are. */
    public void hasDeployment(Deployment.Builder builder) {
        deployment = builder.setLogSize(deployment.getLogSize())
                .setLogCrc32C(deployment.getLogCrc32C())
                .build();
    }

    public void claimsChecksum(int checksum) {
        deployment = deployment.toBuilder().setLogCrc32C(checksum).build();
    }

    public void claimsSize(long size) {
        deployment = deployment.toBuilder().setLogSize(size).build();
    }

    public void lists(Deployment... deployments) {
        listed = List.of(deployments);
    }

    /** The next stream plays this. */
    public void plan(Script script) {
        scripts.add(script);
    }

    /** The next call that is not a stream fails with this. */
    public void failNextCall(StatusRuntimeException failure) {
        answers.add(observer -> observer.onError(failure));
    }

    /** The next call that is not a stream is answered, or not, by this. */
    public void answerNextCallBy(Consumer<StreamObserver<?>> answer) {
        answers.add(answer);
    }

    /** A stream that ends with this status after so many messages. */
    public Script cutAfter(int messages, Status status) {
        return (request, stream) -> {
            messages(request).stream().limit(messages).forEach(stream::onNext);
            close(stream, status);
        };
    }

    /** A stream that sends all but the end, and then nothing for ever. */
    public Script hangBeforeEnd() {
        return (request, stream) -> {
            List<StreamLogsResponse> messages = messages(request);
            messages.subList(0, messages.size() - 1).forEach(stream::onNext);
        };
    }

    /** A stream that sends these messages, then what belongs to the request. */
    public Script sendFirst(StreamLogsResponse... messages) {
        return (request, stream) -> {
            Arrays.stream(messages).forEach(stream::onNext);
            cutAfter(Integer.MAX_VALUE, Status.OK).play(request, stream);
        };
    }

    /** A stream that sends these messages and closes. */
    public static Script sendOnly(StreamLogsResponse... messages) {
        return (request, stream) -> {
            Arrays.stream(messages).forEach(stream::onNext);
            stream.onCompleted();
        };
    }

    public StreamLogsResponse deploymentMessage() {
        return StreamLogsResponse.newBuilder().setDeployment(deployment).build();
    }

    /** The bytes of the log from one offset to another, as a chunk. */
    public StreamLogsResponse chunkMessage(int offset, int nextOffset) {
        return chunkMessage(offset, nextOffset, Arrays.copyOfRange(log, offset, nextOffset));
    }

    public static StreamLogsResponse chunkMessage(long offset, long nextOffset, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        LogChunk.Builder chunk = LogChunk.newBuilder()
                .setOffset(offset)
                .setNextOffset(nextOffset)
                .setTime(Timestamp.newBuilder().setSeconds(1_700_000_001).setNanos(250_000_000))
                .setText(text);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            chunk.setRaw(ByteString.copyFrom(bytes));
        }
        return StreamLogsResponse.newBuilder().setChunk(chunk).build();
    }

    public static StreamLogsResponse gapMessage(long offset, long nextOffset, LogGap.Reason reason) {
        return gapMessage(
                LogGap.newBuilder().setOffset(offset).setNextOffset(nextOffset).setReason(reason));
    }

    public static StreamLogsResponse gapMessage(LogGap.Builder gap) {
        return StreamLogsResponse.newBuilder().setGap(gap).build();
    }

    public static StreamLogsResponse heartbeatMessage(long nextOffset, int silentSeconds) {
        return StreamLogsResponse.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder()
                        .setNextOffset(nextOffset)
                        .setSilentFor(com.google.protobuf.Duration.newBuilder().setSeconds(silentSeconds)))
                .build();
    }

    public StreamLogsResponse endMessage(long nextOffset, LogEnd.Reason reason) {
        return StreamLogsResponse.newBuilder()
                .setEnd(LogEnd.newBuilder()
                        .setDeployment(deployment)
                        .setNextOffset(nextOffset)
                        .setReason(reason))
                .build();
    }

    /** What a faultless server sends: a chunk for each line. */
    private List<StreamLogsResponse> messages(StreamLogsRequest request) {
        List<StreamLogsResponse> messages = new ArrayList<>();
        messages.add(deploymentMessage());
        int offset = (int) (request.hasTailLines() ? tailOffset(request.getTailLines()) : request.getFromOffset());
        while (offset < log.length) {
            int next = offset + 1;
            while (next < log.length && log[next - 1] != '\n') {
                next++;
            }
            messages.add(chunkMessage(offset, next));
            offset = next;
        }
        messages.add(endMessage(
                log.length, request.getNoFollow() ? LogEnd.Reason.REASON_NO_FOLLOW : LogEnd.Reason.REASON_FINISHED));
        return messages;
    }

    private long tailOffset(long lines) {
        int offset = log.length;
        for (long left = lines; offset > 0; offset--) {
            if (log[offset - 1] == '\n' && offset < log.length && --left == 0) {
                break;
            }
        }
        return offset;
    }

    private static void close(StreamObserver<?> stream, Status status) {
        if (status.isOk()) {
            stream.onCompleted();
        } else {
            stream.onError(status.asRuntimeException());
        }
    }

    @Override
    public void streamLogs(StreamLogsRequest request, StreamObserver<StreamLogsResponse> observer) {
        streamRequests.add(request);
        Script script = scripts.poll();
        (script == null ? cutAfter(Integer.MAX_VALUE, Status.OK) : script)
                .play(request, (ServerCallStreamObserver<StreamLogsResponse>) observer);
    }

    @Override
    public void startDeploy(StartDeployRequest request, StreamObserver<StartDeployResponse> observer) {
        startRequests.add(request);
        answer(
                observer,
                StartDeployResponse.newBuilder()
                        .setDeploymentId(ID)
                        .setDeployment(deployment)
                        .build());
    }

    @Override
    public void getDeployment(GetDeploymentRequest request, StreamObserver<GetDeploymentResponse> observer) {
        answer(
                observer,
                GetDeploymentResponse.newBuilder().setDeployment(deployment).build());
    }

    /** Serves one deployment per page, with its index as the token; for one without an id an empty page. */
    @Override
    public void listDeployments(ListDeploymentsRequest request, StreamObserver<ListDeploymentsResponse> observer) {
        listRequests.add(request);
        int page = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
        ListDeploymentsResponse.Builder response = ListDeploymentsResponse.newBuilder();
        if (page < listed.size() && !listed.get(page).getDeploymentId().isEmpty()) {
            response.addDeployments(listed.get(page));
        }
        if (page + 1 < listed.size()) {
            response.setNextPageToken(Integer.toString(page + 1));
        }
        answer(observer, response.build());
    }

    @Override
    public void cancelDeployment(CancelDeploymentRequest request, StreamObserver<CancelDeploymentResponse> observer) {
        cancelRequests.add(request);
        answer(
                observer,
                CancelDeploymentResponse.newBuilder().setDeployment(deployment).build());
    }

    @Override
    public void deleteDeployment(DeleteDeploymentRequest request, StreamObserver<DeleteDeploymentResponse> observer) {
        deleteRequests.add(request);
        answer(
                observer,
                DeleteDeploymentResponse.newBuilder().setDeployment(deployment).build());
    }

    private <A> void answer(StreamObserver<A> observer, A answer) {
        Consumer<StreamObserver<?>> planned = answers.poll();
        if (planned != null) {
            planned.accept(observer);
            return;
        }
        observer.onNext(answer);
        observer.onCompleted();
    }
}
