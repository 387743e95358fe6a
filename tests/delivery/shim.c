/* Trouble at named points, put into an unchanged server by LD_PRELOAD (Linux only; tests only).
 *
 * The calls through which SQLite writes and flushes, sockets send and the clock is read go through
 * here. What is to go wrong stands in a file of 64-bit numbers that the test writes and this library
 * maps: HUBBUB_SHIM names its directory. Everything is 0 and nothing happens until the test says so.
 * `tests/src/delivery/shim.rs` is the other end, and has the same numbers. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What the test sets. */
enum { KILL_AT, COUNTDOWN, WRITES_FAIL, FLUSHES_FAIL, CLOCK_MS, KEEP_FLUSHED };
/* What happened, for the test to read. */
enum { WRITES = 16, FLUSHES, WRITES_FAILED, FLUSHES_FAILED, CLOCK_READS, NUMBERS = 32 };
/* KILL_AT. */
enum { NOWHERE, BEFORE_WRITE, BEFORE_FLUSH, AFTER_FLUSH, AFTER_ACCEPTED, IN_REPLAY };

/* A send with so many posts in it is a replay, not live talk. */
enum { REPLAY_POSTS = 8 };

static int64_t nothing[NUMBERS];
static volatile int64_t *numbers = nothing;
static const char *directory;

__attribute__((constructor)) static void start(void) {
    char path[512];
    directory = getenv("HUBBUB_SHIM");
    if (!directory) return;
    snprintf(path, sizeof path, "%s/control", directory);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) abort();
    void *map = mmap(NULL, sizeof nothing, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) abort();
    numbers = map;
    syscall(SYS_close, fd);
}

static void count(int which) { __atomic_add_fetch(&numbers[which], 1, __ATOMIC_SEQ_CST); }

/* The n-th time that this point is reached is the last thing that the process does. */
static void perhaps_die_at(int point) {
    if (numbers[KILL_AT] != point) return;
    if (__atomic_sub_fetch(&numbers[COUNTDOWN], 1, __ATOMIC_SEQ_CST) != 0) return;
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

/* The file's name if it belongs to the database: its main file or its log. */
static const char *database_file(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length <= 0) return NULL;
    path[length] = 0;
    const char *name = strrchr(path, '/');
    if (!name || strncmp(name, "/hubbub.db", 10) != 0) return NULL;
    return name[10] == 0 || strcmp(name + 10, "-wal") == 0 ? name + 1 : NULL;
}

static int is_log(const char *name) { return name && strstr(name, "-wal") != NULL; }

/* All of them fail (1), or every n-th. */
static int fails(int64_t every, int64_t time) { return every == 1 || (every > 1 && time % every == 0); }

/* What a disk that loses power now would still have of this file. */
static void keep(const char *path, const char *name) {
    char to[512], made[512], buffer[65536];
    snprintf(made, sizeof made, "%s/disk/%s.new", directory, name);
    snprintf(to, sizeof to, "%s/disk/%s", directory, name);
    int in = open(path, O_RDONLY | O_CLOEXEC);
    int out = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t bytes;
    while ((bytes = read(in, buffer, sizeof buffer)) > 0) syscall(SYS_write, out, buffer, bytes);
    syscall(SYS_close, in);
    syscall(SYS_close, out);
    rename(made, to);
}

/* Whether a write to this file has to fail; or the end. */
static int refuses(int fd) {
    char path[512];
    const char *name = directory ? database_file(fd, path, sizeof path) : NULL;
    if (!name) return 0;
    count(WRITES);
    if (is_log(name)) perhaps_die_at(BEFORE_WRITE);
    if (!fails(numbers[WRITES_FAIL], numbers[WRITES])) return 0;
    count(WRITES_FAILED);
    errno = ENOSPC;
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    return refuses(fd) ? -1 : syscall(SYS_write, fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    return refuses(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, length, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

static int flush(int fd, long call) {
    char path[512];
    const char *name = directory ? database_file(fd, path, sizeof path) : NULL;
    if (!name) return syscall(call, fd);
    count(FLUSHES);
    if (is_log(name)) perhaps_die_at(BEFORE_FLUSH);
    if (fails(numbers[FLUSHES_FAIL], numbers[FLUSHES])) {
        count(FLUSHES_FAILED);
        errno = EIO;
        return -1;
    }
    int result = syscall(call, fd);
    if (numbers[KEEP_FLUSHED]) keep(path, name);
    if (is_log(name)) perhaps_die_at(AFTER_FLUSH);
    return result;
}

int fsync(int fd) { return flush(fd, SYS_fsync); }
int fdatasync(int fd) { return flush(fd, SYS_fdatasync); }

static int times(const char *what, const void *bytes, size_t length) {
    int found = 0;
    const char *at = bytes, *end = at + length, *next;
    while ((next = memmem(at, end - at, what, strlen(what)))) {
        found++;
        at = next + 1;
    }
    return found;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    if (numbers[KILL_AT] == IN_REPLAY && times("\"type\":\"posted\"", bytes, length) >= REPLAY_POSTS) {
        /* Half of it, which ends in the middle of a frame. The first such send is the last: the test
         * asks for no other. */
        syscall(SYS_sendto, fd, bytes, length / 2, flags, NULL, 0);
        perhaps_die_at(IN_REPLAY);
    }
    ssize_t sent = syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
    if (numbers[KILL_AT] == AFTER_ACCEPTED && times("\"type\":\"accepted\"", bytes, length) > 0)
        perhaps_die_at(AFTER_ACCEPTED);
    return sent;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_REALTIME && result == 0 && numbers[CLOCK_MS]) {
        count(CLOCK_READS);
        time->tv_sec += numbers[CLOCK_MS] / 1000;
    }
    return result;
}
