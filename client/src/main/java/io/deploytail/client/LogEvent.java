package io.deploytail.client;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import io.deploytail.v1.LogChunk;
import io.deploytail.v1.LogGap;
import io.deploytail.v1.StreamLogsResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Something that happened on a {@link LogStream}.
 *
 * <p>Immutable, all of them.
 */
public sealed interface LogEvent {
    /** Calls the case that this event is. */
    <R> R match(Cases<R> cases);

    /**
     * The API's message {@code StreamLogsResponse} behind this event as one line of JSON, in the canonical mapping of
     * protocol buffers; empty for what the client noticed by itself.
     */
    default Optional<String> toJson() {
        return Optional.empty();
    }

    /** One method for each kind of event. */
    interface Cases<R> {
        R deployment(DeploymentChanged event);

        R chunk(Chunk event);

        R gap(Gap event);

        R heartbeat(Heartbeat event);

        R resuming(Resuming event);

        R end(End event);
    }

    /** The deployment as it is now: first of all, after each resumption, and at each change of state or place in line. */
    final class DeploymentChanged implements LogEvent {
        private final StreamLogsResponse message;

        DeploymentChanged(StreamLogsResponse message) {
            this.message = message;
        }

        /** The deployment. */
        public Deployment deployment() {
            return new Deployment(message.getDeployment());
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.deployment(this);
        }

        @Override
        public Optional<String> toJson() {
            return Optional.of(MessageJson.line(message));
        }
    }

    /** The next bytes of the log. Where one chunk ends and the next begins carries no meaning. */
    final class Chunk implements LogEvent {
        private final StreamLogsResponse message;

        Chunk(StreamLogsResponse message) {
            this.message = message;
        }

        static ByteString exactBytes(LogChunk chunk) {
            return chunk.getRaw().isEmpty() ? chunk.getTextBytes() : chunk.getRaw();
        }

        /** The offset of the first byte. */
        public long offset() {
            return message.getChunk().getOffset();
        }

        /** The offset after the last byte: where the next chunk starts, and where to resume. */
        public long nextOffset() {
            return message.getChunk().getNextOffset();
        }

        /** When the server read the first byte from the command. */
        public Instant time() {
            return ProtoTimes.toJava(message.getChunk().getTime());
        }

        /** A copy of the bytes, exactly as the command wrote them. */
        public byte[] bytes() {
            return exactBytes(message.getChunk()).toByteArray();
        }

        /** Writes the bytes exactly as the command wrote them, in one piece. */
        public void writeTo(OutputStream out) throws IOException {
            exactBytes(message.getChunk()).writeTo(out);
        }

        /** The bytes as text, with U+FFFD in the place of what is not valid UTF-8. */
        public String text() {
            return message.getChunk().getText();
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.chunk(this);
        }

        @Override
        public Optional<String> toJson() {
            return Optional.of(MessageJson.line(message));
        }

        @Override
        public String toString() {
            return "Chunk " + offset() + ".." + nextOffset();
        }
    }

    /**
     * Bytes that the command wrote and the server does not have, or no longer. Offsets count them, the stream goes on
     * after them.
     */
    final class Gap implements LogEvent {
        private final StreamLogsResponse message;

        Gap(StreamLogsResponse message) {
            this.message = message;
        }

        /** A gap that the server told of in a way that this client does not know, as if it had said no more than where. */
        static Gap unexplained(long offset, long nextOffset) {
            return new Gap(StreamLogsResponse.newBuilder()
                    .setGap(LogGap.newBuilder().setOffset(offset).setNextOffset(nextOffset))
                    .build());
        }

        /** The offset of the first missing byte. */
        public long offset() {
            return message.getGap().getOffset();
        }

        /** The offset after the last missing byte: where the next chunk starts, and where to resume. */
        public long nextOffset() {
            return message.getGap().getNextOffset();
        }

        /** Why they are missing. */
        public GapReason reason() {
            return GapReason.fromMessage(message.getGap().getReason());
        }

        /** Whether more bytes than there are between the offsets may be missing: nobody knows how many. */
        public boolean isAtLeast() {
            return message.getGap().getAtLeast();
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.gap(this);
        }

        @Override
        public Optional<String> toJson() {
            return Optional.of(MessageJson.line(message));
        }

        @Override
        public String toString() {
            return "Gap " + offset() + ".." + nextOffset() + " " + reason();
        }
    }

    /** Nothing was written for some seconds, and the stream is alive. */
    final class Heartbeat implements LogEvent {
        private final StreamLogsResponse message;

        Heartbeat(StreamLogsResponse message) {
            this.message = message;
        }

        /** How long the command has written nothing; empty while the deployment is queued. */
        public Optional<Duration> silentFor() {
            return message.getHeartbeat().hasSilentFor()
                    ? Optional.of(ProtoTimes.toJava(message.getHeartbeat().getSilentFor()))
                    : Optional.empty();
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.heartbeat(this);
        }

        @Override
        public Optional<String> toJson() {
            return Optional.of(MessageJson.line(message));
        }
    }

    /**
     * The stream was cut, or could not be opened, and will be opened again.
     *
     * @param offset where it will go on; empty if it began with the last lines and none has arrived yet
     * @param attempt 1 after a cut, 2 when the first attempt to resume failed, and so on
     * @param delay how long the next call of {@link LogStream#next} will wait before it tries
     * @param cause what happened, in a few words
     */
    record Resuming(OptionalLong offset, int attempt, Duration delay, String cause) implements LogEvent {
        public Resuming {
            requireNonNull(offset);
            requireNonNull(delay);
            requireNonNull(cause);
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.resuming(this);
        }
    }

    /** The stream is complete and what was handed over has been checked. Nothing comes after it. */
    final class End implements LogEvent {
        private final StreamLogsResponse message;
        private final boolean checksummed;

        End(StreamLogsResponse message, boolean checksummed) {
            this.message = message;
            this.checksummed = checksummed;
        }

        /** The deployment; final if {@link #isFinished}. */
        public Deployment deployment() {
            return new Deployment(message.getEnd().getDeployment());
        }

        /** The offset after the last byte of the stream. */
        public long offset() {
            return message.getEnd().getNextOffset();
        }

        /** Whether the deployment has ended and its whole log was sent; otherwise the present end was reached. */
        public boolean isFinished() {
            return deployment().hasEnded() && offset() == deployment().logSize();
        }

        /**
         * Whether the checksum of all bytes handed over equals the server's: true for a log of an ended deployment that
         * was handed over whole, from its beginning and without a gap. Otherwise only the size could be compared.
         */
        public boolean isChecksummed() {
            return checksummed;
        }

        @Override
        public <R> R match(Cases<R> cases) {
            return cases.end(this);
        }

        @Override
        public Optional<String> toJson() {
            return Optional.of(MessageJson.line(message));
        }
    }
}
