package io.deploytail.server;

import io.deploytail.server.deployment.AuditTrail;
import io.deploytail.server.deployment.Identities;
import io.deploytail.server.deployment.RecipeBook;
import io.deploytail.server.deployment.Recipes;
import io.deploytail.server.recipes.RecipesFile;
import io.deploytail.server.security.KnownCallers;
import io.deploytail.server.security.ServerTls;
import io.deploytail.server.security.WatchedFiles;
import io.deploytail.server.security.WatchedFiles.Reload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What operators write down in files, which are read anew when they have changed: certificates, callers, recipes. */
final class OperatorFiles {
    private final Optional<KnownCallers> callers;
    private final Optional<RecipesFile> recipes;
    private final List<WatchedFiles> watched = new ArrayList<>();

    private OperatorFiles(Optional<KnownCallers> callers, Optional<RecipesFile> recipes) {
        this.callers = callers;
        this.recipes = recipes;
    }

    /**
     * Reads those that the options name.
     *
     * @param tls what the server shows, if it speaks TLS; not read yet
     * @param audit told whenever they are read anew
     * @throws IOException if something is wrong with one
     */
    static OperatorFiles read(ServerOptions options, Optional<ServerTls> tls, AuditTrail audit, Clock clock)
            throws IOException {
        OperatorFiles files = new OperatorFiles(
                options.callers().map(KnownCallers::new), options.recipes().map(RecipesFile::new));
        if (tls.isPresent()) {
            files.watch("certificates", tls.get().files(), tls.get()::reload, audit, clock);
        }
        if (files.callers.isPresent()) {
            files.watch("callers", options.callers().stream().toList(), files.callers.get()::reload, audit, clock);
        }
        if (files.recipes.isPresent()) {
            files.watch("recipes", options.recipes().stream().toList(), files.recipes.get()::reload, audit, clock);
        }
        return files;
    }

    private void watch(String what, List<Path> files, Reload reload, AuditTrail audit, Clock clock) throws IOException {
        watched.add(WatchedFiles.read(what, files, reload, audit, clock));
    }

    /** Looks whether they have changed. To be called every now and then, by one thread at a time. */
    void check() {
        watched.forEach(WatchedFiles::check);
    }

    /** Who may call. */
    Identities identities() {
        return callers.<Identities>map(known -> known).orElse(Identities.NOT_ASKED);
    }

    /** Has a listener told when somebody may no longer call, or may do something else than before. */
    void onCallersChange(Runnable listener) {
        callers.ifPresent(known -> known.onChange(listener));
    }

    /** What may be run. */
    Recipes recipes() {
        return recipes.<Recipes>map(file -> file).orElse(() -> RecipeBook.NONE);
    }
}
