package io.deploytail.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.RetryInfo;
import io.deploytail.client.InvalidRequestException.FieldViolation;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.handler.ssl.NotSslRecordException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The only place where a gRPC status becomes an exception of this library. */
final class GrpcErrors {
    /** What gRPC says when the other end closes a connection, for whatever reason. */
    private static final String NETWORK_CLOSED = "Network closed for unknown reason";

    private GrpcErrors() {}

    /** @param answered whether any call to the server has succeeded yet */
    static DeploytailException toException(
            Status status, @Nullable Metadata trailers, String address, boolean answered) {
        boolean mayWantTls = isHangUp(status) && !answered;
        String text = describe(status) + (mayWantTls ? "; if it speaks TLS, so must the client" : "");
        Throwable cause = trailers == null ? status.asRuntimeException() : status.asRuntimeException(trailers);
        return switch (status.getCode()) {
            case NOT_FOUND -> new DeploymentNotFoundException(text, cause);
            case INVALID_ARGUMENT -> new InvalidRequestException(text, violations(status, trailers), cause);
            case ALREADY_EXISTS -> new RequestConflictException(text, cause);
            case RESOURCE_EXHAUSTED, FAILED_PRECONDITION ->
                new RequestRefusedException(text, retryAfter(status, trailers), cause);
            case OUT_OF_RANGE -> new OffsetOutOfRangeException(text, cause);
            case UNAUTHENTICATED -> new AccessDeniedException(text, false, cause);
            case PERMISSION_DENIED -> new AccessDeniedException(text, true, cause);
            case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, ABORTED, OK ->
                new ServerUnavailableException(
                        (status.getCause() == null
                                        ? "the server at " + address + " does not serve now: "
                                        : "cannot reach the server at " + address + ": ")
                                + text,
                        cause);
            case UNKNOWN, INTERNAL, DATA_LOSS, UNIMPLEMENTED -> new ServerFaultException(text, cause);
        };
    }

    /** Whether the two ends do not agree on TLS: trying again helps as little as it does with a wrong address. */
    static boolean isDistrust(Status status) {
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof CertPathValidatorException
                    || cause instanceof CertPathBuilderException
                    || cause instanceof CertificateException
                    || cause instanceof NotSslRecordException) {
                return true;
            }
        }
        return false;
    }

    /** Whether the other end has closed the connection, in order or not. */
    private static boolean isHangUp(Status status) {
        boolean isReset = false;
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException
                    || cause instanceof UnknownHostException
                    || cause instanceof SSLException) {
                return false; // there was none yet
            }
            isReset |= cause instanceof IOException;
        }
        return isReset || NETWORK_CLOSED.equals(status.getDescription());
    }

    /** What happened, in a few words without a full stop. */
    static String describe(Status status) {
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException) {
                return "unknown host";
            }
            if (cause instanceof CertPathValidatorException || cause instanceof CertPathBuilderException) {
                return "its certificate is not signed by anyone who is trusted here";
            }
            if (cause instanceof CertificateException && cause.getCause() == null) {
                return "its certificate is not good: " + cause.getMessage();
            }
            if (cause instanceof NotSslRecordException) {
                return "it does not speak TLS";
            }
            if (cause instanceof ConnectException && cause.getCause() == null) {
                String reason = String.valueOf(cause.getMessage());
                // Netty's native transport says "finishConnect(..) failed: Connection refused".
                return reason.replaceFirst("^.* failed: ", "").toLowerCase(Locale.ROOT);
            }
        }
        String description = status.getDescription();
        if (isHangUp(status)) {
            return "it hung up without a word";
        }
        if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
            return "no answer in time";
        }
        if (description == null || description.isBlank()) {
            return status.getCause() == null
                    ? status.getCode().toString()
                    : status.getCode() + " (" + status.getCause() + ")";
        }
        return description;
    }

    private static List<FieldViolation> violations(Status status, @Nullable Metadata trailers) {
        return details(status, trailers, BadRequest.class).stream()
                .flatMap(request -> request.getFieldViolationsList().stream())
                .map(violation -> new FieldViolation(violation.getField(), violation.getDescription()))
                .toList();
    }

    /** What the server asks to wait before another try. */
    static @Nullable Duration retryAfter(Status status, @Nullable Metadata trailers) {
        return details(status, trailers, RetryInfo.class).stream()
                .filter(retry ->
                        Durations.isValid(retry.getRetryDelay()) && !Durations.isNegative(retry.getRetryDelay()))
                .map(retry -> Duration.ofSeconds(
                        retry.getRetryDelay().getSeconds(),
                        retry.getRetryDelay().getNanos()))
                .findFirst()
                .orElse(null);
    }

    /** Those of one kind that come with a status; none that can't be read, for the status itself still says what was wrong. */
    private static <T extends Message> List<T> details(Status status, @Nullable Metadata trailers, Class<T> kind) {
        List<T> found = new ArrayList<>();
        try {
            for (Any detail :
                    StatusProto.fromStatusAndTrailers(status, trailers).getDetailsList()) {
                if (detail.is(kind)) {
                    found.add(detail.unpack(kind));
                }
            }
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            return List.of();
        }
        return found;
    }
}
