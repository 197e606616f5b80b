package io.deploytail.server.storage;

import java.nio.file.Path;

/** The database was written by a newer version of the server, which alone can use it. Nothing in it was changed. */
public final class NewerSchemaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NewerSchemaException(Path databaseFile, String version) {
        super("the database " + databaseFile + " has schema version " + version
                + ", which this server is too old to know; start the newer server again, or use another database");
    }
}
