package io.deploytail.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import io.deploytail.server.deployment.ChangeOutOfRangeException;
import io.deploytail.server.deployment.InvalidRequestException;
import io.deploytail.server.deployment.LimitReachedException;
import io.deploytail.server.deployment.NotAllowedException;
import io.deploytail.server.deployment.NotEndedException;
import io.deploytail.server.deployment.OffsetOutOfRangeException;
import io.deploytail.server.deployment.RequestIdReusedException;
import io.deploytail.server.deployment.StoppingException;
import io.deploytail.server.deployment.StorageException;
import io.deploytail.server.deployment.UnknownDeploymentException;
import io.deploytail.server.deployment.Violation;
import io.deploytail.server.deployment.WouldQueueException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The only place where a failure becomes a gRPC status. */
final class GrpcErrors {
    private static final Logger logger = LoggerFactory.getLogger(GrpcErrors.class);

    private static final int MAX_DESCRIPTION = 160;

    /**
     * Clients refuse headers above 8 KiB. A status with details is in them three times: its text, and in base64 that
     * text once more and the details.
     */
    private static final int MAX_HEADER_BYTES = 1900;

    /** What a violation takes beside its words. */
    private static final int OVERHEAD_BYTES = 10;

    private GrpcErrors() {}

    static StatusRuntimeException toStatus(Throwable e) {
        if (e instanceof StatusRuntimeException status) {
            return status;
        }
        if (e instanceof InvalidRequestException invalid) {
            return badRequest(invalid);
        }
        if (e instanceof LimitReachedException limit) {
            return exhausted(limit);
        }
        return status(e).asRuntimeException();
    }

    private static Status status(Throwable e) {
        if (e instanceof UnknownDeploymentException) {
            return Status.NOT_FOUND.withDescription(shorten(e.getMessage()));
        }
        if (e instanceof NotAllowedException) {
            return Status.PERMISSION_DENIED.withDescription(shorten(e.getMessage()));
        }
        if (e instanceof OffsetOutOfRangeException || e instanceof ChangeOutOfRangeException) {
            return Status.OUT_OF_RANGE.withDescription(e.getMessage());
        }
        if (e instanceof RequestIdReusedException) {
            return Status.ALREADY_EXISTS.withDescription(e.getMessage());
        }
        if (e instanceof WouldQueueException || e instanceof NotEndedException) {
            return Status.FAILED_PRECONDITION.withDescription(e.getMessage());
        }
        if (e instanceof StoppingException) {
            return Status.UNAVAILABLE.withDescription(e.getMessage());
        }
        if (e instanceof StorageException) {
            logger.warn("storage failed: {}", e.getMessage(), e.getCause());
            return Status.UNAVAILABLE.withDescription("the server cannot reach its storage; retry");
        }
        logger.error("unexpected failure", e);
        return Status.INTERNAL.withDescription("a fault in the server; its log says more");
    }

    private static StatusRuntimeException badRequest(InvalidRequestException e) {
        BadRequest.Builder details = BadRequest.newBuilder();
        StringBuilder text = new StringBuilder();
        int bytes = 0;
        for (Violation violation : e.violations()) {
            String field = shorten(violation.field());
            String description = shorten(violation.description());
            bytes += headerBytes(field) + headerBytes(description) + OVERHEAD_BYTES;
            if (bytes > MAX_HEADER_BYTES) {
                break;
            }
            details.addFieldViolations(
                    FieldViolation.newBuilder().setField(field).setDescription(description));
            text.append(text.length() == 0 ? "" : "; ")
                    .append(field)
                    .append(": ")
                    .append(description);
        }
        int more = e.found() - details.getFieldViolationsCount();
        if (more > 0) {
            text.append("; and ").append(more).append(" more");
        }
        return withDetail(Code.INVALID_ARGUMENT, text.toString(), details.build());
    }

    private static StatusRuntimeException exhausted(LimitReachedException e) {
        RetryInfo retry = RetryInfo.newBuilder()
                .setRetryDelay(Durations.fromNanos(e.retryAfter().toNanos()))
                .build();
        return withDetail(Code.RESOURCE_EXHAUSTED, String.valueOf(e.getMessage()), retry);
    }

    private static StatusRuntimeException withDetail(Code code, String text, Message detail) {
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(text)
                .addDetails(Any.pack(detail))
                .build());
    }

    /** How long a text is in a header, where all but printable ASCII takes three bytes a byte. */
    private static int headerBytes(String text) {
        int bytes = 0;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            bytes += b >= ' ' && b < '~' && b != '%' ? 1 : 3;
        }
        return bytes;
    }

    private static String shorten(@Nullable String message) {
        String text = String.valueOf(message);
        if (text.length() <= MAX_DESCRIPTION) {
            return text;
        }
        boolean cutsACharacter = Character.isHighSurrogate(text.charAt(MAX_DESCRIPTION - 1));
        return text.substring(0, cutsACharacter ? MAX_DESCRIPTION - 1 : MAX_DESCRIPTION) + "…";
    }
}
