/**
 * Keeps deployments and their logs in one SQLite file. {@link io.deploytail.server.storage.SqliteStorage} is the way in;
 * nothing outside knows that it is SQLite.
 */
@NullMarked
package io.deploytail.server.storage;

import org.jspecify.annotations.NullMarked;
