package io.deploytail.server.deployment;

import java.util.List;
import java.util.stream.Collectors;

/** A request breaks rules; nothing was done. Names every one of them. */
public final class InvalidRequestException extends RuntimeException {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // the list is immutable and serializable
    private final List<Violation> violations;

    public InvalidRequestException(List<Violation> violations) {
        super(violations.stream()
                .map(violation -> violation.field() + ": " + violation.description())
                .collect(Collectors.joining("; ")));
        this.violations = List.copyOf(violations);
    }

    public InvalidRequestException(String field, String description) {
        this(List.of(new Violation(field, description)));
    }

    /** At least one. */
    public List<Violation> violations() {
        return violations;
    }
}
