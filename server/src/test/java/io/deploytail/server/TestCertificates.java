package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An authority and certificates that it has signed, made by {@code openssl} as an operator would. */
public final class TestCertificates {
    private final Path directory;

    private TestCertificates(Path directory) {
        this.directory = directory;
    }

    /** A new authority with its files in this directory. */
    public static TestCertificates in(Path directory) throws IOException, InterruptedException {
        TestCertificates certificates = new TestCertificates(Files.createDirectories(directory));
        certificates.openssl(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=Test authority",
                "-keyout",
                "ca.key",
                "-out",
                "ca.pem");
        return certificates;
    }

    /** Makes {@code NAME.pem} and {@code NAME.key}, for these subject alternative names. */
    public TestCertificates sign(String name, String alternativeNames) throws IOException, InterruptedException {
        openssl(
                "req",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                "/CN=" + name,
                "-keyout",
                name + ".key.new",
                "-out",
                name + ".csr");
        Path extensions =
                Files.writeString(directory.resolve(name + ".ext"), "subjectAltName=" + alternativeNames + "\n");
        openssl(
                "x509",
                "-req",
                "-in",
                name + ".csr",
                "-CA",
                "ca.pem",
                "-CAkey",
                "ca.key",
                "-CAcreateserial",
                "-days",
                "2",
                "-extfile",
                extensions.toString(),
                "-out",
                name + ".pem.new");
        Files.move(file(name + ".key.new"), file(name + ".key"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(file(name + ".pem.new"), file(name + ".pem"), StandardCopyOption.REPLACE_EXISTING);
        return this;
    }

    /** A file in the directory. */
    public Path file(String name) {
        return directory.resolve(name);
    }

    private void openssl(String... arguments) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of("openssl"));
        line.addAll(List.of(arguments));
        Path said = directory.resolve("openssl.log");
        Process process = new ProcessBuilder(line)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(said)).isZero();
    }
}
