package io.deploytail.client;

import com.google.protobuf.Duration;
import io.deploytail.v1.RecipeParameter;
import java.util.List;
import java.util.Optional;

/** Something that may be run, as the server's operator has written it down. Immutable. */
public final class Recipe {
    private final io.deploytail.v1.Recipe message;

    Recipe(io.deploytail.v1.Recipe message) {
        this.message = message;
    }

    /** What a request names it by. */
    public String name() {
        return message.getName();
    }

    /** For people; may be empty. */
    public String description() {
        return message.getDescription();
    }

    /** The program and its arguments; <code>${NAME}</code> stands for the value of a parameter. */
    public List<String> command() {
        return message.getCommandList();
    }

    /** What is deployed, if anything; <code>${NAME}</code> stands for the value of a parameter. */
    public Optional<String> target() {
        return Optional.of(message.getTarget()).filter(target -> !target.isEmpty());
    }

    /** How long the command may run; empty for ever. */
    public Optional<java.time.Duration> timeout() {
        return duration(message.hasTimeout(), message.getTimeout());
    }

    /** How long it may go without writing anything; empty for ever. */
    public Optional<java.time.Duration> silenceTimeout() {
        return duration(message.hasSilenceTimeout(), message.getSilenceTimeout());
    }

    private static Optional<java.time.Duration> duration(boolean isSet, Duration duration) {
        return isSet ? Optional.of(ProtoTimes.toJava(duration)) : Optional.empty();
    }

    /** What it takes, in the order in which the operator has written it down. */
    public List<Parameter> parameters() {
        return message.getParametersList().stream().map(Parameter::new).toList();
    }

    /** The names of the secrets that a request must have. */
    public List<String> secrets() {
        return message.getSecretsList();
    }

    /** The API's message in one line of JSON. */
    public String toJson() {
        return MessageJson.line(message);
    }

    /** A value that a recipe takes. Immutable. */
    public static final class Parameter {
        private final RecipeParameter message;

        private Parameter(RecipeParameter message) {
            this.message = message;
        }

        /** Its name. */
        public String name() {
            return message.getName();
        }

        /** For people; may be empty. */
        public String description() {
            return message.getDescription();
        }

        /** What the whole value must match, in the syntax of RE2; empty for anything that {@link #choices} allow. */
        public String pattern() {
            return message.getPattern();
        }

        /** The values that are allowed; empty for anything that {@link #pattern} allows. */
        public List<String> choices() {
            return message.getChoicesList();
        }

        /** How many characters it may have. */
        public int maxLength() {
            return message.getMaxLength();
        }

        /** The value if it is left out; without one it must be given. */
        public Optional<String> defaultValue() {
            return message.hasDefaultValue() ? Optional.of(message.getDefaultValue()) : Optional.empty();
        }
    }
}
