package io.deploytail.client;

import static java.util.Objects.requireNonNull;

import io.deploytail.v1.CancelDeploymentRequest;
import io.deploytail.v1.DeleteDeploymentRequest;
import io.deploytail.v1.DeployServiceGrpc;
import io.deploytail.v1.GetDeploymentRequest;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.ListDeploymentsResponse;
import io.deploytail.v1.ListRecipesRequest;
import io.deploytail.v1.StartDeployResponse;
import io.deploytail.v1.WatchDeploymentsRequest;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A client of one Deploytail server.
 *
 * <p>Calls are repeated while the server is unavailable, within the bounds of its {@link RetryPolicy}, and fail with a
 * {@link DeploytailException} whose class says what can be done. A thread that is interrupted in a call gets a
 * {@link CancellationException} and stays interrupted.
 *
 * <p>Thread-safe. Connects when first used.
 */
public final class DeploytailClient implements AutoCloseable {
    private final ServerConnection server;
    private final Duration silenceLimit;
    private final Runnable closeChannel;

    private DeploytailClient(ServerConnection server, Duration silenceLimit, Runnable closeChannel) {
        this.server = server;
        this.silenceLimit = silenceLimit;
        this.closeChannel = closeChannel;
    }

    /** A client of the server at this address ({@code HOST:PORT} or {@code unix:PATH}) with the usual settings. */
    public static DeploytailClient connect(String address) {
        return builder(address).build();
    }

    /**
     * Begins a client of the server at this address ({@code HOST:PORT} or {@code unix:PATH}). It uses TLS unless the
     * server is on this host: on {@code localhost}, a loopback address or a Unix domain socket.
     */
    public static Builder builder(String address) {
        return new Builder(address);
    }

    /** Starts a deployment, or queues it. Starting the same request again returns the same deployment. */
    public Deployment start(DeployRequest request) {
        return start(request, warning -> {});
    }

    /**
     * As {@link #start(DeployRequest)}.
     *
     * @param onWarning gets what is worth knowing although the deployment was made, in a sentence each: that a secret is
     *     too short to be kept out of the log, say
     */
    public Deployment start(DeployRequest request, Consumer<String> onWarning) {
        StartDeployResponse response = server.call(DeployServiceGrpc.getStartDeployMethod(), request.toMessage());
        response.getWarningsList().forEach(onWarning);
        return new Deployment(response.getDeployment());
    }

    /** Returns one deployment. */
    public Deployment get(String deploymentId) {
        GetDeploymentRequest request =
                GetDeploymentRequest.newBuilder().setDeploymentId(deploymentId).build();
        return new Deployment(
                server.call(DeployServiceGrpc.getGetDeploymentMethod(), request).getDeployment());
    }

    /** Returns one page of deployments, newest first. */
    public DeploymentPage list(DeploymentQuery query) {
        ListDeploymentsResponse page = server.call(DeployServiceGrpc.getListDeploymentsMethod(), query.toMessage());
        List<Deployment> deployments =
                page.getDeploymentsList().stream().map(Deployment::new).toList();
        String token = page.getNextPageToken();
        return new DeploymentPage(
                deployments, token.isEmpty() ? Optional.empty() : Optional.of(token), page.getWatchToken());
    }

    /** Returns all deployments that match, newest first; each page is asked for when it is needed. */
    public Stream<Deployment> listAll(DeploymentQuery query) {
        return Stream.iterate(
                        Optional.of(list(query)),
                        Optional::isPresent,
                        page -> page.flatMap(DeploymentPage::nextPageToken).map(token -> list(query.page(token))))
                .flatMap(page -> page.orElseThrow().deployments().stream());
    }

    /** Returns the recipes that may be used, in the order of their names; none where the server has none. */
    public List<Recipe> recipes() {
        return server
                .call(DeployServiceGrpc.getListRecipesMethod(), ListRecipesRequest.getDefaultInstance())
                .getRecipesList()
                .stream()
                .map(Recipe::new)
                .toList();
    }

    /** Ends a deployment, or does nothing if it has ended. The reason is for people and may be empty. */
    public Deployment cancel(String deploymentId, String reason) {
        CancelDeploymentRequest request = CancelDeploymentRequest.newBuilder()
                .setDeploymentId(deploymentId)
                .setReason(reason)
                .build();
        return new Deployment(server.call(DeployServiceGrpc.getCancelDeploymentMethod(), request)
                .getDeployment());
    }

    /**
     * Deletes a deployment that has ended, with its log, for good, and returns it as it was. One that has not ended is
     * refused with a {@link RequestRefusedException}. Should the answer be lost on its way, the repeated call may find
     * that it is gone: then this fails with a {@link DeploymentNotFoundException} that says so.
     */
    public Deployment delete(String deploymentId) {
        DeleteDeploymentRequest request = DeleteDeploymentRequest.newBuilder()
                .setDeploymentId(deploymentId)
                .build();
        return new Deployment(server.call(DeployServiceGrpc.getDeleteDeploymentMethod(), request)
                .getDeployment());
    }

    /** Follows a deployment's log from its beginning to its end. The stream is to be closed by the caller. */
    public LogStream follow(String deploymentId) {
        return follow(LogRequest.of(deploymentId));
    }

    /** Streams the asked-for part of a log. The stream is to be closed by the caller. */
    public LogStream follow(LogRequest request) {
        return LogStream.open(server, requireNonNull(request), silenceLimit);
    }

    /**
     * Watches deployments: those with the target and the labels of the query, in whatever state and from whatever time.
     * The watch is to be closed by the caller.
     *
     * @param watchToken {@link DeploymentPage#watchToken} of a list's first page, to be told all that has changed since;
     *     empty for what changes from now on
     */
    public DeploymentWatch watch(DeploymentQuery query, String watchToken) {
        ListDeploymentsRequest filters = query.toMessage();
        WatchDeploymentsRequest request = WatchDeploymentsRequest.newBuilder()
                .setResumeToken(watchToken)
                .setTarget(filters.getTarget())
                .putAllLabels(filters.getLabelsMap())
                .build();
        return DeploymentWatch.open(server, request, silenceLimit);
    }

    /** Ends all calls and streams. A channel that was given to the builder stays open. */
    @Override
    public void close() {
        server.close();
        closeChannel.run();
    }

    /** Collects a client's settings. Not thread-safe. */
    public static final class Builder {
        private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/=-]+"); // RFC 6750, section 2.1

        private final String address;
        private RetryPolicy retryPolicy = RetryPolicy.standard();
        private Duration callDeadline = Duration.ofSeconds(10);
        private Duration silenceLimit = Duration.ofSeconds(30);
        private LongSupplier nanoTime = System::nanoTime;
        private @Nullable ManagedChannel channel;
        private @Nullable Tls tls;
        private boolean isPlaintext;
        private @Nullable String token;

        private Builder(String address) {
            this.address = requireNonNull(address);
        }

        /** Sets how to try again when the server cannot be reached. */
        public Builder retryPolicy(RetryPolicy policy) {
            this.retryPolicy = requireNonNull(policy);
            return this;
        }

        /** Sets how long to wait for the answer to a call other than a log stream; 10 seconds unless set. */
        public Builder callDeadline(Duration deadline) {
            this.callDeadline = requireNonNull(deadline);
            return this;
        }

        /**
         * Sets how long nothing at all may be heard on a log stream before it is believed dead and resumed; 30 seconds
         * unless set. It must be longer than the server's time between heartbeats.
         */
        public Builder silenceLimit(Duration limit) {
            this.silenceLimit = requireNonNull(limit);
            return this;
        }

        /** Uses TLS, wherever the server is. */
        public Builder tls(Tls settings) {
            this.tls = requireNonNull(settings);
            this.isPlaintext = false;
            return this;
        }

        /** Uses no TLS, wherever the server is: whoever is on the way reads and changes what he likes. */
        public Builder plaintext() {
            this.tls = null;
            this.isPlaintext = true;
            return this;
        }

        /**
         * Sets the token by which the server knows who calls. It never leaves this host without TLS.
         *
         * @throws IllegalArgumentException if it has characters that no token has
         */
        public Builder token(String secret) {
            if (!TOKEN.matcher(secret).matches()) {
                throw new IllegalArgumentException("the token is empty, or has characters that no token has");
            }
            this.token = secret;
            return this;
        }

        /**
         * Sets the channel to use, for what there is no setting for. Then the address is only named in messages, and who
         * calls is for the channel to say.
         */
        public Builder channel(ManagedChannel channel) {
            this.channel = requireNonNull(channel);
            return this;
        }

        Builder nanoTime(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
            return this;
        }

        /**
         * Makes the client.
         *
         * @throws IllegalArgumentException if the address is none, if a token would leave this host without TLS, or if
         *     files of TLS can't be used; says what is wrong
         */
        public DeploytailClient build() {
            if (channel != null) {
                if (tls != null || isPlaintext || token != null) {
                    throw new IllegalArgumentException("a channel that is given has its own TLS and tokens");
                }
                return build(channel, () -> {});
            }
            ServerAddress parsed = ServerAddress.parse(address);
            boolean usesTls = tls != null || (!parsed.isLocal() && !isPlaintext);
            if (token != null && !usesTls && !parsed.isLocal()) {
                throw new IllegalArgumentException("a token is never sent to another host without TLS");
            }
            OwnChannel own =
                    OwnChannel.to(parsed, usesTls ? Optional.of(tls == null ? Tls.standard() : tls) : Optional.empty());
            return build(own.channel(), own::close);
        }

        private DeploytailClient build(ManagedChannel used, Runnable closeChannel) {
            ServerConnection server = new ServerConnection(
                    used, Optional.ofNullable(token), address, retryPolicy, callDeadline, nanoTime);
            return new DeploytailClient(server, silenceLimit, closeChannel);
        }
    }
}
