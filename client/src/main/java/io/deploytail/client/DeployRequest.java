package io.deploytail.client;

import static java.util.Objects.requireNonNull;

import io.deploytail.v1.StartDeployRequest;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * What to run, and under which rules. The server checks the rules; a request that breaks one fails with
 * {@link InvalidRequestException} when it is sent.
 *
 * <p>Every request has an id, a new UUID unless one is given: starting the same request again, after a lost answer for
 * instance, returns the deployment that the first call made.
 *
 * <p>Immutable.
 */
public final class DeployRequest {
    private final StartDeployRequest message;

    private DeployRequest(StartDeployRequest message) {
        this.message = message;
    }

    /** A request for this program with these arguments; no shell expands or splits them. */
    public static DeployRequest of(String... command) {
        return builder(List.of(command)).build();
    }

    /** Begins a request for this program with these arguments; no shell expands or splits them. */
    public static Builder builder(List<String> command) {
        return new Builder(command);
    }

    /** Begins a request for what this recipe of the server says. */
    public static Builder ofRecipe(String name) {
        Builder builder = new Builder(List.of());
        builder.message.setRecipe(name);
        return builder;
    }

    /** The id that makes this request safe to repeat. */
    public String requestId() {
        return message.getRequestId();
    }

    StartDeployRequest toMessage() {
        return message;
    }

    /** Collects a request. Not thread-safe. */
    public static final class Builder {
        private final StartDeployRequest.Builder message = StartDeployRequest.newBuilder();

        private Builder(List<String> command) {
            message.addAllCommand(command);
        }

        /** Sets the id to repeat the request by; without it, a new UUID. */
        public Builder requestId(String requestId) {
            message.setRequestId(requestId);
            return this;
        }

        /** Sets the value of a parameter of the recipe. */
        public Builder parameter(String name, String value) {
            message.putParameters(requireNonNull(name), requireNonNull(value));
            return this;
        }

        /** Sets what is deployed: at most one deployment per target runs at a time. */
        public Builder target(String target) {
            message.setTarget(target);
            return this;
        }

        /** Adds an environment variable for the command. */
        public Builder env(String name, String value) {
            message.putEnv(requireNonNull(name), requireNonNull(value));
            return this;
        }

        /**
         * Adds an environment variable for the command whose value nobody else may see: the server keeps it out of the log,
         * and out of everything that it records.
         */
        public Builder secretEnv(String name, String value) {
            message.putSecretEnv(requireNonNull(name), requireNonNull(value));
            return this;
        }

        /** Sets the directory to start the command in, an absolute path on the server. */
        public Builder workingDirectory(String directory) {
            message.setWorkingDirectory(directory);
            return this;
        }

        /** Adds a label to find the deployment by. */
        public Builder label(String name, String value) {
            message.putLabels(requireNonNull(name), requireNonNull(value));
            return this;
        }

        /** Sets how long the command may run. */
        public Builder timeout(Duration timeout) {
            message.setTimeout(ProtoTimes.toMessage(timeout));
            return this;
        }

        /** Sets how long the command may go without writing anything. */
        public Builder silenceTimeout(Duration timeout) {
            message.setSilenceTimeout(ProtoTimes.toMessage(timeout));
            return this;
        }

        /** Asks to be refused, with {@link RequestRefusedException}, rather than queued. */
        public Builder noQueue() {
            message.setNoQueue(true);
            return this;
        }

        /** Makes the request. */
        public DeployRequest build() {
            StartDeployRequest built = message.build();
            return new DeployRequest(
                    built.getRequestId().isEmpty()
                            ? built.toBuilder()
                                    .setRequestId(UUID.randomUUID().toString())
                                    .build()
                            : built);
        }
    }
}
