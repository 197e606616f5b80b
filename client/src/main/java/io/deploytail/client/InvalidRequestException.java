package io.deploytail.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The request breaks a rule of the server. Repeating it will not help; correcting it will. */
public final class InvalidRequestException extends DeploytailException {
    private static final long serialVersionUID = 1L;

    private final transient List<FieldViolation> violations;

    InvalidRequestException(String message, List<FieldViolation> violations, @Nullable Throwable cause) {
        super(message, cause);
        this.violations = List.copyOf(violations);
    }

    /** The fields and the rules they break; empty if the server named none. */
    public List<FieldViolation> violations() {
        return violations;
    }

    /** One field that breaks a rule: its path in the request, and the rule in a sentence. */
    public record FieldViolation(String field, String description) {}
}
