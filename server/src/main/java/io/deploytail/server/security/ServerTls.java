package io.deploytail.server.security;

import static java.util.Objects.requireNonNull;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import io.grpc.util.CertificateUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The server's certificate and key and, for client certificates, whom it trusts; from PEM files. Files that are read
 * anew count for connections that begin after that; those that there are stay. Thread-safe.
 */
public final class ServerTls {
    private static final byte[] PROOF = "the key belongs to the certificate".getBytes(StandardCharsets.UTF_8);

    private final Path certificateFile;
    private final Path keyFile;
    private final @Nullable Path clientAuthorityFile;
    private final AdvancedTlsX509KeyManager identity = new AdvancedTlsX509KeyManager();
    private final AdvancedTlsX509TrustManager clientAuthority;

    /**
     * What is still to be read from these files.
     *
     * @param certificate the certificate, followed by those between it and the root
     * @param key in PKCS #8, without a password
     * @param clientAuthority the certificates that client certificates are signed with; empty to ask for none
     */
    public ServerTls(Path certificate, Path key, Optional<Path> clientAuthority) {
        this.certificateFile = requireNonNull(certificate);
        this.keyFile = requireNonNull(key);
        this.clientAuthorityFile = clientAuthority.orElse(null);
        try {
            this.clientAuthority = AdvancedTlsX509TrustManager.newBuilder()
                    .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
                    .build();
        } catch (CertificateException e) {
            throw new IllegalStateException("every Java verifies certificates", e);
        }
    }

    /** The files that it is read from. */
    public List<Path> files() {
        return Stream.of(certificateFile, keyFile, clientAuthorityFile)
                .filter(Objects::nonNull)
                .toList();
    }

    /**
     * Reads the files.
     *
     * @throws IOException if they can't be read or something is wrong with them; says what, for people. Then everything
     *     stays as it was.
     */
    public void reload() throws IOException {
        X509Certificate[] chain = certificates(certificateFile);
        PrivateKey key = key();
        X509Certificate @Nullable [] authority = clientAuthorityFile == null ? null : certificates(clientAuthorityFile);
        try {
            if (!belongTogether(key, chain[0].getPublicKey())) {
                throw new IOException(
                        "the key in " + keyFile + " is not that of the certificate in " + certificateFile);
            }
            if (authority != null) {
                clientAuthority.updateTrustCredentials(authority);
            }
            identity.updateIdentityCredentials(chain, key);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot use " + certificateFile + " with " + keyFile + ": " + e.getMessage(), e);
        }
    }

    private static X509Certificate[] certificates(Path file) throws IOException {
        try (InputStream pem = open(file)) {
            X509Certificate[] certificates = CertificateUtils.getX509Certificates(pem);
            if (certificates.length == 0) {
                throw new IOException(file + " has no certificate in PEM");
            }
            return certificates;
        } catch (CertificateException e) {
            throw new IOException(file + " is no certificate in PEM: " + e.getMessage(), e);
        }
    }

    private PrivateKey key() throws IOException {
        try (InputStream pem = open(keyFile)) {
            return CertificateUtils.getPrivateKey(pem);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(
                    keyFile
                            + " is no RSA or EC key in PKCS #8 PEM without a password; 'openssl pkcs8 -topk8 -nocrypt -in"
                            + " OLD -out NEW' makes one of others",
                    e);
        }
    }

    private static InputStream open(Path file) throws IOException {
        try {
            return Files.newInputStream(file);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no " + file, e);
        }
    }

    private static boolean belongTogether(PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        if (!key.getAlgorithm().equals(publicKey.getAlgorithm())) {
            return false;
        }
        String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(PROOF);
        byte[] signed = signature.sign();
        signature.initVerify(publicKey);
        signature.update(PROOF);
        return signature.verify(signed);
    }

    /** For gRPC. A client may show a certificate if there is anybody that it could be signed by. */
    public ServerCredentials credentials() {
        TlsServerCredentials.Builder credentials =
                TlsServerCredentials.newBuilder().keyManager(identity);
        return clientAuthorityFile == null
                ? credentials.build()
                : credentials
                        .trustManager(clientAuthority)
                        .clientAuth(ClientAuth.OPTIONAL)
                        .build();
    }

    /** For HTTPS. It asks for no client certificates. */
    public SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {identity}, null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has TLS", e);
        }
    }
}
