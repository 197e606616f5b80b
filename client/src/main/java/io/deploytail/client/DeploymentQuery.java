package io.deploytail.client;

import io.deploytail.v1.ListDeploymentsRequest;
import java.time.Instant;

/**
 * Which deployments to list. Each filter that is set must match; without any, all do.
 *
 * <p>Immutable.
 */
public final class DeploymentQuery {
    private final ListDeploymentsRequest message;

    private DeploymentQuery(ListDeploymentsRequest message) {
        this.message = message;
    }

    /** All deployments. */
    public static DeploymentQuery all() {
        return builder().build();
    }

    /** Begins a query. */
    public static Builder builder() {
        return new Builder();
    }

    /** The same query, for the page with this token. */
    public DeploymentQuery page(String pageToken) {
        return new DeploymentQuery(message.toBuilder().setPageToken(pageToken).build());
    }

    ListDeploymentsRequest toMessage() {
        return message;
    }

    /** Collects a query. Not thread-safe. */
    public static final class Builder {
        private final ListDeploymentsRequest.Builder message = ListDeploymentsRequest.newBuilder();

        private Builder() {}

        /** Only this target. */
        public Builder target(String target) {
            message.setTarget(target);
            return this;
        }

        /** Adds a state; a deployment in any of the added ones matches. */
        public Builder state(DeploymentState state) {
            message.addStates(state.toMessage());
            return this;
        }

        /** Adds a label that a deployment must have with this value. */
        public Builder label(String name, String value) {
            message.putLabels(name, value);
            return this;
        }

        /** Only deployments created at or after this. */
        public Builder createdFrom(Instant time) {
            message.setCreatedFrom(ProtoTimes.toMessage(time));
            return this;
        }

        /** Only deployments created before this. */
        public Builder createdBefore(Instant time) {
            message.setCreatedBefore(ProtoTimes.toMessage(time));
            return this;
        }

        /** Sets how many a page has at most, 1 to 1000; without it, the server's default. */
        public Builder pageSize(int pageSize) {
            message.setPageSize(pageSize);
            return this;
        }

        /** Makes the query. */
        public DeploymentQuery build() {
            return new DeploymentQuery(message.build());
        }
    }
}
