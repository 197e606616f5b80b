package io.deploytail.server.deployment;

/** A request id was used before, for a request with other content. */
public final class RequestIdReusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public RequestIdReusedException(String requestId, DeploymentId holder) {
        super("request_id " + requestId + " was used for deployment " + holder + " with other content; use a new one");
    }
}
