package io.deploytail.server.storage;

import java.sql.SQLException;

/**
 * What is done within one transaction. It may run more than once, each time in a new transaction; only the last run
 * counts.
 */
@FunctionalInterface
interface Work<T> {
    T in(Session session) throws SQLException;
}
