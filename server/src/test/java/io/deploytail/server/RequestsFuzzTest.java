package io.deploytail.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.Deployment;
import io.deploytail.v1.GetDeploymentRequest;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.ListRecipesRequest;
import io.deploytail.v1.StartDeployRequest;
import io.deploytail.v1.StreamLogsRequest;
import io.deploytail.v1.WatchDeploymentsRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What comes back for any request. Nothing that is made up here is ever run: a request names {@code /bin/true} or no program
 * at all, and one whose bytes were changed, so that it could name any, goes to a server that runs its own recipe only.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RequestsFuzzTest {
    private static final int LIMIT_SECONDS = 20;
    private static final int IDS = 30;
    private static final int MAX_DESCRIPTION = 4000;
    private static final Pattern INTERNALS =
            Pattern.compile("Exception|io\\.deploytail|io\\.grpc|java\\.|\\bat [a-z]+\\.[a-z]+|SQL|deploytail\\.db");
    private static final String RECIPE = """
            recipes: {r: {command: [/bin/true, '${x}'], parameters: {x: {pattern: '.*', default: y}}}}
            """;

    private static final Method START = new Method(
            DeployServiceGrpc.getStartDeployMethod(),
            Code.ALREADY_EXISTS,
            Code.RESOURCE_EXHAUSTED,
            Code.FAILED_PRECONDITION,
            Code.PERMISSION_DENIED);
    private static final Method STREAM =
            new Method(DeployServiceGrpc.getStreamLogsMethod(), Code.NOT_FOUND, Code.OUT_OF_RANGE);
    private static final Method WATCH = new Method(DeployServiceGrpc.getWatchDeploymentsMethod(), Code.OUT_OF_RANGE);
    private static final Method GET = new Method(DeployServiceGrpc.getGetDeploymentMethod(), Code.NOT_FOUND);
    private static final Method LIST = new Method(DeployServiceGrpc.getListDeploymentsMethod());
    private static final Method RECIPES = new Method(DeployServiceGrpc.getListRecipesMethod());
    private static final Method CANCEL = new Method(DeployServiceGrpc.getCancelDeploymentMethod(), Code.NOT_FOUND);
    private static final Method DELETE =
            new Method(DeployServiceGrpc.getDeleteDeploymentMethod(), Code.NOT_FOUND, Code.FAILED_PRECONDITION);

    /** It tells of each message that can't be read, and of where in the code that was seen. */
    private static final Logger NOISE = Logger.getLogger("io.grpc.internal.SerializingExecutor");

    /** Always as many, so that a round that is repeated alone makes the same of its chance. */
    private final List<String> ids = new ArrayList<>();

    private Path dataDir;
    private TestServer server;
    private TestServer limited;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        dataDir = directory;
        NOISE.setLevel(Level.OFF);
        server = TestServer.start(directory.resolve("data"));
        Deployment first = server.run("/bin/true");
        ids.addAll(Collections.nCopies(IDS, first.getDeploymentId()));
        Path recipes = Files.writeString(directory.resolve("recipes.yaml"), RECIPE);
        limited = TestServer.start(directory.resolve("limited"), "--recipes", recipes.toString());
    }

    @AfterAll
    void stop() throws IOException {
        NOISE.setLevel(null);
        server.close();
        limited.close();
    }

    @Test
    void everyRequestIsAnsweredAsTheApiSays() throws Exception {
        Fuzz.run(chance -> {
            Call call = call(chance);

            Status status = send(server, call.method(), call.request().toByteArray());

            check(call.method(), status);
            if (call.method().equals(START) && status.isOk()) {
                remember(chance);
            }
            return status.isOk();
        });
        assertThat(server.text(server.run("echo", "hello"))).isEqualTo("hello\n");
    }

    @Test
    void anyBytesAreAnsweredAndNeverRunAnythingElse() throws Exception {
        Fuzz.run(chance -> {
            Call call = call(chance);
            byte[] bytes = chance.mutated(call.request().toByteArray());

            Status status = send(limited, call.method(), bytes);

            if (isMessage(call.request(), bytes)) {
                check(call.method(), status);
            }
            return status.isOk();
        });
        Deployment deployment =
                limited.start(StartDeployRequest.newBuilder().setRecipe("r").putParameters("x", "hello"));
        assertThat(limited.awaitEnd(deployment).getState()).isEqualTo(Deployment.State.STATE_SUCCEEDED);
        assertThat(limited.stub()
                        .listDeployments(ListDeploymentsRequest.newBuilder()
                                .setPageSize(1000)
                                .build())
                        .getDeploymentsList())
                .allSatisfy(each -> assertThat(each.getCommand(0)).isEqualTo("/bin/true"));
    }

    private void check(Method method, Status status) {
        assertThat(status.getCode()).as("%s: %s", method, status).isIn(method.documented());
        if (status.getDescription() != null) {
            assertThat(status.getDescription())
                    .doesNotContainPattern(INTERNALS)
                    .doesNotContain(dataDir.toString())
                    .hasSizeLessThan(MAX_DESCRIPTION);
        }
    }

    private void remember(Chance chance) {
        String newest = server.stub()
                .listDeployments(
                        ListDeploymentsRequest.newBuilder().setPageSize(1).build())
                .getDeployments(0)
                .getDeploymentId();
        ids.set(chance.below(IDS), newest);
    }

    private Call call(Chance chance) {
        return switch (chance.below(9)) {
            case 0, 1 -> new Call(START, startDeploy(chance));
            case 2 -> new Call(STREAM, streamLogs(chance));
            case 3 -> new Call(WATCH, watch(chance));
            case 4 ->
                new Call(
                        GET,
                        GetDeploymentRequest.newBuilder()
                                .setDeploymentId(id(chance))
                                .build());
            case 5 -> new Call(LIST, list(chance));
            case 6 ->
                new Call(
                        CANCEL,
                        CancelDeploymentRequest.newBuilder()
                                .setDeploymentId(id(chance))
                                .setReason(text(chance))
                                .build());
            case 7 ->
                new Call(
                        DELETE,
                        DeleteDeploymentRequest.newBuilder()
                                .setDeploymentId(id(chance))
                                .build());
            default -> new Call(RECIPES, ListRecipesRequest.getDefaultInstance());
        };
    }

    private Message startDeploy(Chance chance) {
        StartDeployRequest.Builder request = StartDeployRequest.newBuilder().setNoQueue(chance.oneIn(2));
        request.setRequestId(chance.oneOf("", "r1", chance.plain(10), text(chance)));
        if (chance.oneIn(3)) {
            request.setTarget(text(chance));
        }
        if (chance.oneIn(4)) {
            request.setRecipe(chance.oneOf("r", "r", text(chance)));
            if (chance.oneIn(2)) {
                request.putParameters(chance.oneOf("x", text(chance)), text(chance));
            }
            return request.build();
        }
        request.addCommand(chance.oneIn(8) ? chance.oneOf("", "-c", "a\0b") : "/bin/true");
        for (int arguments = chance.below(4); arguments > 0; arguments--) {
            request.addCommand(text(chance));
        }
        for (int labels = chance.oneIn(20) ? 70 : chance.below(3); labels > 0; labels--) {
            request.putLabels(chance.oneOf("team" + labels, text(chance)), text(chance));
        }
        if (chance.oneIn(3)) {
            request.putEnv(chance.oneOf("A", "B_1", "DEPLOYTAIL_DEPLOYMENT_ID", "1X", ""), text(chance));
            request.putSecretEnv(chance.oneOf("A", "S", "S T"), chance.oneOf("hunter2-hunter2", text(chance)));
        }
        if (chance.oneIn(3)) {
            request.setTimeout(duration(chance)).setSilenceTimeout(duration(chance));
        }
        if (chance.oneIn(4)) {
            request.setWorkingDirectory(chance.oneOf("/", "/tmp", text(chance)));
        }
        return request.build();
    }

    private Message streamLogs(Chance chance) {
        StreamLogsRequest.Builder request =
                StreamLogsRequest.newBuilder().setDeploymentId(id(chance)).setNoFollow(chance.oneIn(2));
        switch (chance.below(3)) {
            case 0 -> request.setFromOffset(chance.number());
            case 1 -> request.setTailLines(chance.number());
            default -> {}
        }
        return request.build();
    }

    private static Message watch(Chance chance) {
        WatchDeploymentsRequest.Builder request = WatchDeploymentsRequest.newBuilder();
        request.setResumeToken(chance.oneOf("", "0", Long.toString(chance.number()), text(chance)));
        if (chance.oneIn(2)) {
            request.setTarget(text(chance)).putLabels(text(chance), text(chance));
        }
        return request.build();
    }

    private static Message list(Chance chance) {
        ListDeploymentsRequest.Builder request = ListDeploymentsRequest.newBuilder();
        if (chance.oneIn(3)) {
            request.setPageSize((int) chance.number());
        }
        if (chance.oneIn(4)) {
            request.setPageToken(text(chance));
        }
        for (int states = chance.below(3); states > 0; states--) {
            request.addStatesValue(chance.oneIn(8) ? (int) chance.number() : 1 + chance.below(5));
        }
        for (int labels = chance.oneIn(20) ? 70 : chance.below(3); labels > 0; labels--) {
            request.putLabels(text(chance), text(chance));
        }
        if (chance.oneIn(3)) {
            request.setTarget(text(chance));
        }
        if (chance.oneIn(3)) {
            request.setCreatedFrom(time(chance)).setCreatedBefore(time(chance));
        }
        return request.build();
    }

    private String id(Chance chance) {
        String id = chance.oneOf(ids);
        return chance.oneIn(4) ? wellFormed(chance.mutated(id)) : id;
    }

    private static Duration duration(Chance chance) {
        return chance.oneIn(2)
                ? Duration.newBuilder().setSeconds(1 + chance.below(100)).build()
                : Duration.newBuilder()
                        .setSeconds(chance.number())
                        .setNanos((int) chance.number())
                        .build();
    }

    private static Timestamp time(Chance chance) {
        return Timestamp.newBuilder()
                .setSeconds(chance.number())
                .setNanos(chance.oneIn(2) ? 0 : (int) chance.number())
                .build();
    }

    private static String text(Chance chance) {
        return wellFormed(chance.oneIn(100) ? chance.text().repeat(1000) : chance.text());
    }

    /** As it arrives. */
    private static String wellFormed(String text) {
        return new String(text.getBytes(UTF_8), UTF_8);
    }

    private static boolean isMessage(Message request, byte[] bytes) {
        try {
            request.getParserForType().parseFrom(bytes);
            return true;
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }

    /** How the call ends; or OK at the first message of a stream that may have no end. */
    private static Status send(TestServer to, Method method, byte[] request) throws Exception {
        CompletableFuture<Status> over = new CompletableFuture<>();
        ClientCall<byte[], byte[]> call = to.channel()
                .newCall(method.ofBytes(), CallOptions.DEFAULT.withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS));
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] message) {
                        if (method.equals(WATCH)) {
                            over.complete(Status.OK);
                        }
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        over.complete(status);
                    }
                },
                new Metadata());
        call.request(Integer.MAX_VALUE);
        call.sendMessage(request);
        call.halfClose();
        Status status = over.get(2 * LIMIT_SECONDS, TimeUnit.SECONDS);
        call.cancel("the test has seen enough", null);
        return status;
    }

    private record Call(Method method, Message request) {}

    /** @param documented the statuses that the API names, but for those of a server in trouble */
    private record Method(MethodDescriptor<?, ?> descriptor, Set<Code> documented) {
        Method(MethodDescriptor<?, ?> descriptor, Code... more) {
            this(descriptor, EnumSet.of(Code.OK, Code.INVALID_ARGUMENT));
            documented.addAll(List.of(more));
        }

        MethodDescriptor<byte[], byte[]> ofBytes() {
            return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
                    .setType(descriptor.getType())
                    .setFullMethodName(descriptor.getFullMethodName())
                    .build();
        }

        @Override
        public String toString() {
            return String.valueOf(descriptor.getBareMethodName());
        }
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] bytes) {
            return new ByteArrayInputStream(bytes);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
