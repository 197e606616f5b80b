package io.deploytail.client;

import static java.util.Objects.requireNonNull;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** How a client makes sure of the server and, if it is asked to, shows who it is itself. Immutable. */
public final class Tls {
    private final @Nullable Path authority;
    private final @Nullable Path certificate;
    private final @Nullable Path key;

    private Tls(@Nullable Path authority, @Nullable Path certificate, @Nullable Path key) {
        this.authority = authority;
        this.certificate = certificate;
        this.key = key;
    }

    /** Trusts the authorities that this Java trusts. */
    public static Tls standard() {
        return new Tls(null, null, null);
    }

    /** Trusts the certificates in this PEM file, and what they have signed, only. */
    public static Tls trusting(Path authority) {
        return new Tls(requireNonNull(authority), null, null);
    }

    /**
     * The same, and shows the server a client certificate.
     *
     * @param newCertificate in PEM, followed by those between it and the root
     * @param newKey the certificate's key, in PKCS #8 PEM without a password
     */
    public Tls withCertificate(Path newCertificate, Path newKey) {
        return new Tls(authority, requireNonNull(newCertificate), requireNonNull(newKey));
    }

    /** @throws IllegalArgumentException if a file can't be used; says which */
    SslContext context() {
        // The JDK's own: OpenSSL's would be faster, but has to be unpacked at each start.
        SslContextBuilder builder = GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK);
        try {
            if (authority != null) {
                builder.trustManager(readable(authority).toFile());
            }
            if (certificate != null && key != null) {
                builder.keyManager(readable(certificate).toFile(), readable(key).toFile());
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new IllegalArgumentException("cannot use the certificates: " + e.getMessage(), e);
        }
    }

    private static Path readable(Path file) {
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException(file + " is not there, or can't be read");
        }
        return file;
    }
}
