package io.deploytail.server.deployment;

import java.util.List;

/** A request breaks rules; nothing was done. Names them, and if they are very many says how many more there are. */
public final class InvalidRequestException extends RuntimeException {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // the list is immutable and serializable
    private final List<Violation> violations;

    private final int found;

    /** @param found how many there are, with those that are not in the list */
    InvalidRequestException(List<Violation> violations, int found) {
        super(found + " rules are broken, first that of " + violations.get(0).field());
        this.violations = List.copyOf(violations);
        this.found = found;
    }

    public InvalidRequestException(List<Violation> violations) {
        this(violations, violations.size());
    }

    /** At least one, and not so many that they are a burden. */
    public List<Violation> violations() {
        return violations;
    }

    /** How many violations were found. */
    public int found() {
        return found;
    }
}
