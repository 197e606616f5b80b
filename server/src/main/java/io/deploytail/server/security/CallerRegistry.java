package io.deploytail.server.security;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Role;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Changes who may call, for an operator: each method reads the file of callers and, if nothing is wrong, replaces it.
 * Failures are {@link IOException} where the file is the reason, {@link IllegalArgumentException} where the arguments are;
 * both say what is wrong, for people.
 */
public final class CallerRegistry {
    private final Path file;

    /** @param file need not be there yet */
    public CallerRegistry(Path file) {
        this.file = requireNonNull(file);
    }

    /** Adds a caller with a token, or gives one without a token its first. Returns the token, which is kept nowhere. */
    public String addToken(String name, Optional<Role> role, List<String> targets) throws IOException {
        String token = Token.create();
        KnownCaller caller = newCaller(name, role, targets, false);
        if (!caller.tokenHashes().isEmpty()) {
            throw new IllegalArgumentException(
                    "there is a caller " + name + " with a token; 'token rotate' gives it another");
        }
        put(caller.withToken(Token.hash(token)));
        return token;
    }

    /** Gives a caller another token, beside the newest that it has, and returns it. */
    public String rotateToken(String name) throws IOException {
        String token = Token.create();
        KnownCaller caller = existing(name);
        if (caller.tokenHashes().isEmpty()) {
            throw new IllegalArgumentException(name + " has no token; 'token add' gives it one");
        }
        put(caller.withToken(Token.hash(token)));
        return token;
    }

    /** Takes a caller's older token, or all that it has; it goes if it has no certificate either. */
    public void revokeToken(String name, boolean isOlderOnly) throws IOException {
        KnownCaller caller = existing(name);
        if (isOlderOnly) {
            put(caller.withNewestToken());
        } else if (caller.hasCertificate()) {
            put(new KnownCaller(name, caller.role(), caller.targets(), List.of(), true));
        } else {
            remove(name);
        }
    }

    /** Adds a caller who shows a client certificate with its name, or lets one that there is do so too. */
    public void addCertificate(String name, Optional<Role> role, List<String> targets) throws IOException {
        KnownCaller caller = newCaller(name, role, targets, true);
        put(new KnownCaller(name, caller.role(), caller.targets(), caller.tokenHashes(), true));
    }

    /** No longer lets a caller in by its certificate; it goes if it has no token either. */
    public void revokeCertificate(String name) throws IOException {
        KnownCaller caller = existing(name);
        if (caller.tokenHashes().isEmpty()) {
            remove(name);
        } else {
            put(new KnownCaller(name, caller.role(), caller.targets(), caller.tokenHashes(), false));
        }
    }

    /** All callers, a line each: name, role, targets, and by what they are known. */
    public List<String> describe() throws IOException {
        return read().stream()
                .map(each -> String.join(
                        "\t",
                        each.name(),
                        each.role().name().toLowerCase(Locale.ROOT),
                        String.join(",", each.targets()),
                        describeProofs(each)))
                .toList();
    }

    private static String describeProofs(KnownCaller caller) {
        List<String> proofs = new ArrayList<>();
        if (!caller.tokenHashes().isEmpty()) {
            proofs.add(caller.tokenHashes().size() == 1 ? "token" : "2 tokens");
        }
        if (caller.hasCertificate()) {
            proofs.add("certificate");
        }
        return String.join(", ", proofs);
    }

    private KnownCaller newCaller(String name, Optional<Role> role, List<String> targets, boolean hasCertificate)
            throws IOException {
        Optional<KnownCaller> known = find(name);
        if (known.isPresent()) {
            if (role.isPresent() || !targets.isEmpty()) {
                throw new IllegalArgumentException("there is a caller " + name
                        + "; its role and targets stay as they are." + " Leave them out, or revoke it first");
            }
            return known.get();
        }
        return new KnownCaller(
                name,
                role.orElseThrow(() -> new IllegalArgumentException("a new caller needs a role")),
                targets.isEmpty() ? List.of("*") : targets,
                List.of(),
                hasCertificate);
    }

    private KnownCaller existing(String name) throws IOException {
        return find(name).orElseThrow(() -> new IllegalArgumentException("there is no caller " + name));
    }

    private Optional<KnownCaller> find(String name) throws IOException {
        return read().stream().filter(each -> each.name().equals(name)).findFirst();
    }

    private List<KnownCaller> read() throws IOException {
        try {
            return CallersFile.read(file);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private void put(KnownCaller caller) throws IOException {
        List<KnownCaller> callers = without(caller.name());
        callers.add(caller);
        CallersFile.write(file, callers);
    }

    private void remove(String name) throws IOException {
        CallersFile.write(file, without(name));
    }

    private List<KnownCaller> without(String name) throws IOException {
        return read().stream()
                .filter(each -> !each.name().equals(name))
                .collect(Collectors.toCollection(ArrayList::new));
    }
}
