package io.deploytail.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import java.util.regex.Pattern;

/** Messages in the canonical JSON mapping of protocol buffers, one line each, without any control character. Thread-safe. */
final class MessageJson {
    private static final JsonFormat.Printer PRINTER = JsonFormat.printer().omittingInsignificantWhitespace();

    // JSON allows these as they are, but some terminals obey them.
    private static final Pattern SECOND_CONTROL_SET = Pattern.compile("[\\x7f-\\x9f]");

    private MessageJson() {}

    static String line(MessageOrBuilder message) {
        try {
            String json = PRINTER.print(message);
            return SECOND_CONTROL_SET
                    .matcher(json)
                    .replaceAll(match ->
                            String.format("\\\\u%04x", (int) match.group().charAt(0)));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a message of the API without Any fields always has a JSON form", e);
        }
    }
}
