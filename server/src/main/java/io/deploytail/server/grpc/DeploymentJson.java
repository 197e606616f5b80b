package io.deploytail.server.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.deploytail.server.deployment.Deployment;
import java.util.regex.Pattern;

/** Deployments in the JSON of the API's messages, one line each, without any control character. Thread-safe. */
public final class DeploymentJson {
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer().omittingInsignificantWhitespace();

    // JSON allows these as they are, but some terminals obey them.
    private static final Pattern SECOND_CONTROL_SET = Pattern.compile("[\\x7f-\\x9f]");

    private DeploymentJson() {}

    /** The line, without its end. */
    public static String of(Deployment deployment) {
        try {
            String json = PRINTER.print(DeploymentMessages.toMessage(deployment));
            return SECOND_CONTROL_SET
                    .matcher(json)
                    .replaceAll(match ->
                            String.format("\\\\u%04x", (int) match.group().charAt(0)));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a message of the API without Any fields always has a JSON form", e);
        }
    }
}
