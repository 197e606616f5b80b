package io.deploytail.client;

import org.jspecify.annotations.Nullable;

/**
 * A call that did not succeed. There is a subclass for everything a caller can act on; the message is a sentence for
 * people.
 */
public abstract class DeploytailException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DeploytailException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
