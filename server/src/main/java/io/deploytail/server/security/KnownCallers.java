package io.deploytail.server.security;

import static java.util.Objects.requireNonNull;

import io.deploytail.server.deployment.Caller;
import io.deploytail.server.deployment.Identities;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** The callers of a {@link CallersFile}, as it was when it was last read. Thread-safe. */
public final class KnownCallers implements Identities {
    private final Path file;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile Index index = new Index(List.of());

    /** Nobody yet, until the file is read. */
    public KnownCallers(Path file) {
        this.file = requireNonNull(file);
    }

    /** Will run this after each change of callers. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /**
     * Reads the file; from now on it counts as it is.
     *
     * @throws IOException if it can't be read or something in it is wrong; says what, for people. Then everything stays
     *     as it was.
     */
    public void reload() throws IOException {
        try {
            index = new Index(CallersFile.read(file));
            listeners.forEach(Runnable::run);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no " + file + "; 'deploytail-server token add' makes it", e);
        }
    }

    @Override
    public Optional<Caller> byToken(String token) {
        return Optional.ofNullable(index.byTokenHash.get(Token.hash(token)));
    }

    @Override
    public Optional<Caller> byCertificate(String name) {
        return Optional.ofNullable(index.byCertificate.get(name));
    }

    @Override
    public boolean knows(Caller caller) {
        return index.callers.contains(caller);
    }

    private static final class Index {
        private final Map<String, Caller> byTokenHash = new HashMap<>();
        private final Map<String, Caller> byCertificate = new HashMap<>();
        private final Collection<Caller> callers;

        Index(List<KnownCaller> known) {
            for (KnownCaller each : known) {
                each.tokenHashes().forEach(hash -> byTokenHash.put(hash, each.caller()));
                if (each.hasCertificate()) {
                    byCertificate.put(each.name(), each.caller());
                }
            }
            callers = known.stream().map(KnownCaller::caller).toList();
        }
    }
}
