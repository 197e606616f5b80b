package io.deploytail.client;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;

/** Times as the API sends them, and as Java has them. */
final class ProtoTimes {
    private ProtoTimes() {}

    static Instant toJava(Timestamp time) {
        return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
    }

    static Duration toJava(com.google.protobuf.Duration duration) {
        return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    }

    static Timestamp toMessage(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }

    static com.google.protobuf.Duration toMessage(Duration duration) {
        // Duration's nanoseconds count upwards from the second below; the API wants both parts of one sign.
        boolean borrow = duration.isNegative() && duration.getNano() > 0;
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(borrow ? duration.getSeconds() + 1 : duration.getSeconds())
                .setNanos(borrow ? duration.getNano() - 1_000_000_000 : duration.getNano())
                .build();
    }
}
