package io.deploytail.server.deployment;

/** Nobody can tell what has changed since then: it is too long ago, or has never been. */
public final class ChangeOutOfRangeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private ChangeOutOfRangeException(String message) {
        super(message);
    }

    /** Deployments that were deleted since are no longer known. */
    public static ChangeOutOfRangeException tooOld() {
        return new ChangeOutOfRangeException(
                "what was deleted since then is no longer known; list the deployments again");
    }

    /** The storage has lost its last commits, or the number is from another one. */
    public static ChangeOutOfRangeException tooNew() {
        return new ChangeOutOfRangeException(
                "there has been no such change, or the server's host has lost it; list the deployments again");
    }
}
