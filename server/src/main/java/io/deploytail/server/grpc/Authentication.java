package io.deploytail.server.grpc;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Actor;
import io.deploytail.server.deployment.AuditEntry;
import io.deploytail.server.deployment.AuditTrail;
import io.deploytail.server.deployment.BearerToken;
import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Identities;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls before a call reaches its service: by the token that the call carries (RFC 6750, section 2.1) or, if
 * it carries none, by the client certificate of its connection. Whom it does not know goes no further. Thread-safe.
 */
public final class Authentication implements ServerInterceptor {
    private static final Context.Key<Caller> CALLER = Context.key("caller");
    private static final Context.Key<String> ORIGIN = Context.key("origin");
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    /** Kinds of subject alternative names (RFC 5280, section 4.2.1.6): e-mail addresses, DNS names, URIs. */
    private static final Set<Integer> NAMES = Set.of(1, 2, 6);

    private final Identities identities;
    private final AuditTrail audit;
    private final Clock clock;

    /** @param audit told of the calls that are refused */
    public Authentication(Identities identities, AuditTrail audit, Clock clock) {
        this.identities = requireNonNull(identities);
        this.audit = requireNonNull(audit);
        this.clock = requireNonNull(clock);
    }

    /** Who makes the call that runs on this thread. */
    static Caller caller() {
        return requireNonNull(CALLER.get(), "a call without a caller");
    }

    /** From where it is made. */
    static String origin() {
        return requireNonNull(ORIGIN.get(), "a call from nowhere");
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String origin = origin(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
        Caller caller;
        try {
            Optional<Caller> unasked = identities.unasked();
            caller = unasked.isPresent() ? unasked.get() : identify(call, headers);
        } catch (UnidentifiedException e) {
            Status refusal = Status.UNAUTHENTICATED.withDescription(e.getMessage());
            record(new Actor("", origin), call, refusal);
            call.close(refusal, new Metadata());
            return new ServerCall.Listener<>() {};
        }
        Context context = Context.current().withValues(CALLER, caller, ORIGIN, origin);
        return Contexts.interceptCall(context, new Audited<>(call, caller, origin), headers, next);
    }

    private void record(Actor actor, ServerCall<?, ?> call, Status refusal) {
        audit.record(AuditEntry.of(
                clock.instant(),
                actor,
                String.valueOf(call.getMethodDescriptor().getBareMethodName()),
                refusal.getCode().name(),
                String.valueOf(refusal.getDescription())));
    }

    /** The address of the other end; that of a Unix domain socket has none. */
    private static String origin(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress internet
                ? internet.getAddress().getHostAddress() + ":" + internet.getPort()
                : "unix";
    }

    private Caller identify(ServerCall<?, ?> call, Metadata headers) throws UnidentifiedException {
        String authorization = headers.get(AUTHORIZATION);
        if (authorization != null) {
            String token = BearerToken.of(authorization)
                    .orElseThrow(() -> new UnidentifiedException("the authorization is not 'Bearer TOKEN'"));
            return identities
                    .byToken(token)
                    .orElseThrow(() -> new UnidentifiedException("this token is not known, or no longer"));
        }
        List<String> names = certificateNames(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
        return names.stream()
                .flatMap(name -> identities.byCertificate(name).stream())
                .findFirst()
                .orElseThrow(() -> new UnidentifiedException(
                        names.isEmpty()
                                ? "who calls? Send 'authorization: Bearer TOKEN', or use a client certificate"
                                : "no name in this certificate is known: " + String.join(", ", names)));
    }

    /** The names in the certificate that the other end has shown, which was verified; empty if there are none. */
    private static List<String> certificateNames(@Nullable SSLSession session) {
        if (session == null) {
            return List.of();
        }
        try {
            Certificate[] certificates = session.getPeerCertificates();
            Collection<List<?>> names =
                    certificates.length > 0 && certificates[0] instanceof X509Certificate certificate
                            ? certificate.getSubjectAlternativeNames()
                            : null;
            return names == null
                    ? List.of()
                    : names.stream()
                            .filter(name -> NAMES.contains(name.get(0)))
                            .map(name -> String.valueOf(name.get(1)))
                            .toList();
        } catch (SSLPeerUnverifiedException | CertificateParsingException e) {
            return List.of();
        }
    }

    /** Tells of it if the call is refused: for what the caller may not do, may not see, or has had enough of. */
    private final class Audited<Q, A> extends ForwardingServerCall.SimpleForwardingServerCall<Q, A> {
        private final Caller caller;
        private final String origin;

        Audited(ServerCall<Q, A> call, Caller caller, String origin) {
            super(call);
            this.caller = caller;
            this.origin = origin;
        }

        @Override
        public void close(Status status, Metadata trailers) {
            boolean isRefusal = switch (status.getCode()) {
                case PERMISSION_DENIED, RESOURCE_EXHAUSTED -> true;
                case NOT_FOUND -> !caller.targets().isAll();
                default -> false;
            };
            if (isRefusal) {
                record(new Actor(caller.name(), origin), this, status);
            }
            super.close(status, trailers);
        }
    }

    /** It is not known who calls. */
    private static final class UnidentifiedException extends Exception {
        private static final long serialVersionUID = 1;

        UnidentifiedException(String message) {
            super(message);
        }
    }
}
