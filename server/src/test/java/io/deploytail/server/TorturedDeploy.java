package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.CancelDeploymentResponse;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.LogEnd;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StartDeployResponse;
import io.deploytail.v1.StreamLogsRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A deployment whose command keeps a record of its own: a line for each time it was started, and a copy of all that it
 * wrote. Followed across servers, each byte once.
 */
final class TorturedDeploy {
    private final StartDeployRequest request;
    private final Path starts;
    private final Path copy;
    private final int exitCode;
    private final LogPieces seen = new LogPieces();

    private CompletableFuture<StartDeployResponse> started =
            CompletableFuture.failedFuture(new IllegalStateException());
    private CompletableFuture<Follower> follower = CompletableFuture.failedFuture(new IllegalStateException());
    private @Nullable CompletableFuture<CancelDeploymentResponse> cancelling;
    private @Nullable LogEnd end;
    private boolean recorderWasKilled;
    private boolean wrapperWasKilled;

    private TorturedDeploy(StartDeployRequest request, Path starts, Path copy, int exitCode) {
        this.request = request;
        this.starts = starts;
        this.copy = copy;
        this.exitCode = exitCode;
    }

    static TorturedDeploy random(Random random, Path directory) {
        String name = new UUID(random.nextLong(), random.nextLong()).toString();
        Path starts = directory.resolve(name + ".starts");
        Path copy = directory.resolve(name + ".copy");
        int exitCode = random.nextInt(3);
        String script =
                "echo started >>" + starts + "; { " + output(random) + "; } 2>&1 | tee " + copy + "; exit " + exitCode;
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder()
                .setRequestId(name)
                .setTarget(List.of("", "", "one", "two").get(random.nextInt(4)))
                .addAllCommand(List.of("sh", "-c", script));
        return new TorturedDeploy(request.build(), starts, copy, exitCode);
    }

    private static String output(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> ":";
            case 1 -> "echo one line";
            case 2 -> "seq " + random.nextInt(300_000);
            case 3 -> "head -c " + random.nextInt(3_000_000) + " /dev/urandom";
            default ->
                "i=0; while [ $i -lt " + random.nextInt(300) + " ]; do echo line $i; printf part; sleep 0.01;"
                        + " i=$((i+1)); done";
        };
    }

    /** Starts it, unless that was answered before, and goes on following it. Both may be cut at any moment. */
    void attach(ServerProcess server) {
        if (started.isCompletedExceptionally()) {
            started = CompletableFuture.supplyAsync(() -> server.stub().startDeploy(request));
        }
        follower = started.thenApply(answer -> Follower.start(
                server.channel(),
                StreamLogsRequest.newBuilder()
                        .setDeploymentId(answer.getDeploymentId())
                        .setFromOffset(seen.end())
                        .build()));
    }

    /** Asks for a cancel, which may be cut like everything else. */
    void cancel(ServerProcess server) {
        cancelling = started.thenApplyAsync(answer -> server.stub()
                .cancelDeployment(CancelDeploymentRequest.newBuilder()
                        .setDeploymentId(answer.getDeploymentId())
                        .build()));
    }

    /** Kills what stands between the command and its log, or between its end and the record of that, if it runs. */
    void sabotage(Path runs, Random random) throws IOException {
        int kind = random.nextInt(3);
        if (!started.isDone() || started.isCompletedExceptionally()) {
            return;
        }
        String id = started.join().getDeploymentId();
        switch (kind) {
            case 0 -> recorderWasKilled |= RecorderProcesses.of(id).killAny("dd");
            case 1 -> recorderWasKilled |= RecorderProcesses.of(id).killAny("sh");
            default -> wrapperWasKilled |= killWrapper(runs.resolve(id).resolve("claimed"));
        }
    }

    private static boolean killWrapper(Path claimed) throws IOException {
        if (Files.notExists(claimed)) {
            return false;
        }
        String[] identity = Files.readString(claimed).split(" ", 3);
        return identity.length > 1
                && ProcessHandle.of(Long.parseLong(identity[1]))
                        .map(ProcessHandle::destroyForcibly)
                        .orElse(false);
    }

    /** Takes what came until the stream was cut or at its end. Returns whether it was at its end. */
    boolean collect() throws InterruptedException {
        try {
            Follower attached = follower.join();
            end = attached.over().orElse(null);
            seen.add(attached);
        } catch (CompletionException e) {
            assertThat(e).hasCauseInstanceOf(StatusRuntimeException.class); // the start was cut
        }
        return end != null;
    }

    /** Compares what was followed with the command's own record. Returns how many bytes were compared. */
    long verify() throws IOException {
        Deployment ended = ended();
        assertThat(ended.getLogSize()).as("size of %s", this).isEqualTo(seen.end());
        assertThat(ended.getLogMissingBytes()).as("gaps of %s", this).isEqualTo(seen.missing());
        if (seen.gaps() == 0) {
            CRC32C crc = new CRC32C();
            crc.update(seen.bytes());
            assertThat(ended.getLogCrc32C()).as("checksum of %s", this).isEqualTo((int) crc.getValue());
        } else {
            assertThat(recorderWasKilled).as("why has it gaps: %s", this).isTrue();
        }
        if (neverRan()) {
            assertThat(starts).as("%s", this).doesNotExist();
            return 0;
        }
        boolean wasCutShort = wasCancelled() || (wrapperWasKilled && wasInterrupted());
        if (!wasCutShort || Files.exists(starts)) {
            assertThat(starts).as("starts of %s", this).hasContent("started");
        }
        if (!wasCutShort) {
            assertThat(ended.getEndReason()).as("%s", this).isEqualTo(Deployment.EndReason.END_REASON_EXITED);
            assertThat(ended.getExitCode()).as("exit code of %s", this).isEqualTo(exitCode);
        }
        // One that was cut short may not even have begun to write.
        byte[] written = wasCutShort && Files.notExists(copy) ? new byte[0] : Files.readAllBytes(copy);
        assertThat(seen.isPartOf(written)).as("log of %s", this).isTrue();
        if (!wasCancelled() && seen.gaps() == 0) {
            assertThat(seen.end()).as("%s", this).isEqualTo(written.length);
        }
        return seen.bytes().length;
    }

    private boolean wasInterrupted() {
        return ended().getEndReason() == Deployment.EndReason.END_REASON_INTERRUPTED;
    }

    boolean wasSabotaged() {
        return recorderWasKilled || wrapperWasKilled;
    }

    int gaps() {
        return seen.gaps();
    }

    /** Whether the server died between recording it and starting it; or it was cancelled before it was started. */
    boolean neverRan() {
        return ended().getMessage().endsWith("it did not run.") || (wasCancelled() && Files.notExists(starts));
    }

    boolean wasCancelled() {
        return cancelling != null && ended().getState() == Deployment.State.STATE_CANCELLED;
    }

    private Deployment ended() {
        if (end == null) {
            throw new IllegalStateException(this + " has not ended");
        }
        return end.getDeployment();
    }

    @Override
    public String toString() {
        return request.getCommandList() + (end == null ? "" : " " + end.getDeployment());
    }
}
