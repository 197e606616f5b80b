/*
 * Writes the log lines that the benchmark measures by.
 *
 *   generate POOL LINES RATE [START]
 *
 * POOL   a file of lines; each is written in turn, behind the line's number and the time
 * LINES  how many
 * RATE   lines a second, each by a write of its own, as soon as its time has come; 0 is flat out, in blocks
 *        of 64 KiB, and the times are zeros then: the same arguments write the same bytes
 * START  CLOCK_MONOTONIC, in nanoseconds, when to begin; without it, at once
 *
 * A line: its number from 0 on, 9 digits; a space; CLOCK_MONOTONIC in nanoseconds just before the write, 16 digits;
 * a space; the pool's line.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { NUMBER = 9, STAMP = 16, HEAD = NUMBER + 1 + STAMP + 1, MAX_POOL = 1024, BLOCK = 64 << 10 };

static struct {
    const char *text;
    size_t length;
} pool[MAX_POOL];
static int pooled;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void sleep_until(int64_t when) {
    struct timespec t = {.tv_sec = when / 1000000000, .tv_nsec = when % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0) {
    }
}

static void read_pool(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fail(path);
    }
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while (pooled < MAX_POOL && (length = getline(&line, &size, file)) > 0) {
        pool[pooled].text = line;
        pool[pooled].length = (size_t)length;
        pooled++;
        line = NULL;
        size = 0;
    }
    fclose(file);
    if (pooled == 0) {
        fprintf(stderr, "no lines in %s\n", path);
        exit(1);
    }
}

static void write_all(const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);
        if (written < 0) {
            fail("write");
        }
        bytes += written;
        length -= (size_t)written;
    }
}

static void put_digits(char *target, int width, int64_t value) {
    for (int i = width - 1; i >= 0; i--) {
        target[i] = (char)('0' + value % 10);
        value /= 10;
    }
}

static size_t put_line(char *target, int64_t number, int64_t stamp) {
    int i = (int)(number % pooled);
    put_digits(target, NUMBER, number);
    target[NUMBER] = ' ';
    put_digits(target + NUMBER + 1, STAMP, stamp);
    target[HEAD - 1] = ' ';
    memcpy(target + HEAD, pool[i].text, pool[i].length);
    return HEAD + pool[i].length;
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: generate POOL LINES RATE [START]\n");
        return 2;
    }
    read_pool(argv[1]);
    int64_t lines = atoll(argv[2]);
    int64_t rate = atoll(argv[3]);
    int64_t start = argc > 4 ? atoll(argv[4]) : now();
    static char buffer[BLOCK + 4096];
    size_t filled = 0;

    prctl(PR_SET_TIMERSLACK, 1UL); /* or each wait takes 50 us longer */
    sleep_until(start);
    for (int64_t number = 0; number < lines; number++) {
        if (rate > 0) {
            int64_t due = start + (int64_t)((double)number * 1e9 / (double)rate);
            if (due > now()) {
                sleep_until(due);
            }
            write_all(buffer, put_line(buffer, number, now()));
        } else {
            filled += put_line(buffer + filled, number, 0);
            if (filled >= BLOCK) {
                write_all(buffer, BLOCK);
                memmove(buffer, buffer + BLOCK, filled -= BLOCK);
            }
        }
    }
    write_all(buffer, filled);
    return 0;
}
