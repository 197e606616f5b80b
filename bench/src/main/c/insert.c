/*
 * What storing a log in SQLite costs a plain program: inserts rows of a fixed size into one table, one commit each, in
 * WAL mode with synchronous=NORMAL and the checkpoints that SQLite makes by itself, and prints the seconds that it took.
 *
 *   insert FILE ROWS BYTES_PER_ROW
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static sqlite3 *database;

static void require(int result) {
    if (result != SQLITE_OK && result != SQLITE_DONE && result != SQLITE_ROW) {
        fprintf(stderr, "insert: %s\n", sqlite3_errmsg(database));
        exit(1);
    }
}

static void execute(const char *sql) { require(sqlite3_exec(database, sql, NULL, NULL, NULL)); }

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: insert FILE ROWS BYTES_PER_ROW\n");
        return 2;
    }
    long rows = atol(argv[2]);
    int length = atoi(argv[3]);
    char *bytes = malloc((size_t)length);
    for (int i = 0; i < length; i++) {
        bytes[i] = (char)(' ' + i * 7 % 95);
    }
    require(sqlite3_open(argv[1], &database));
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = NORMAL");
    execute("CREATE TABLE log_chunks (chunk_no INTEGER PRIMARY KEY, deployment_no INTEGER NOT NULL,"
            " start_offset INTEGER NOT NULL, time TEXT NOT NULL, newline_count INTEGER NOT NULL, bytes BLOB NOT NULL,"
            " UNIQUE (deployment_no, start_offset))");
    sqlite3_stmt *insert;
    require(sqlite3_prepare_v2(
        database,
        "INSERT INTO log_chunks (deployment_no, start_offset, time, newline_count, bytes)"
        " VALUES (1, ?, '2026-01-01T00:00:00.000Z', 600, ?)",
        -1, &insert, NULL));
    double begin = seconds();
    for (long row = 0; row < rows; row++) {
        require(sqlite3_bind_int64(insert, 1, (int64_t)row * length));
        require(sqlite3_bind_blob(insert, 2, bytes, length, SQLITE_STATIC));
        require(sqlite3_step(insert));
        require(sqlite3_reset(insert));
    }
    printf("%.6f\n", seconds() - begin);
    require(sqlite3_finalize(insert));
    require(sqlite3_close(database));
    return 0;
}
