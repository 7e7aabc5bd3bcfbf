/*
 * Puts the wall clock of one process off, for the fault rig: preloaded, it stands between the program and the C library. Clocks
 * that only count are left alone, so nothing waits longer or shorter than before.
 *
 * PROOF_CLOCK_MILLIS: how far the clock is off, from the start on.
 * PROOF_CLOCK_FILE: a file of eight bytes with a number of milliseconds that is added, in this machine's order of bytes. Whoever
 * writes into it lets the clock of a running process jump.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int64_t fixed_millis;
static const volatile int64_t *moving_millis;

__attribute__((constructor)) static void prepare(void) {
    const char *fixed = getenv("PROOF_CLOCK_MILLIS");
    const char *file = getenv("PROOF_CLOCK_FILE");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    if (fixed) fixed_millis = strtoll(fixed, NULL, 10);
    if (file) {
        int fd = open(file, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            void *page = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
            if (page != MAP_FAILED) moving_millis = page;
            close(fd);
        }
    }
}

static void shift(struct timespec *at) {
    int64_t millis = fixed_millis + (moving_millis ? *moving_millis : 0);
    at->tv_sec += millis / 1000;
    at->tv_nsec += millis % 1000 * 1000000;
    if (at->tv_nsec < 0) {
        at->tv_nsec += 1000000000;
        at->tv_sec--;
    } else if (at->tv_nsec >= 1000000000) {
        at->tv_nsec -= 1000000000;
        at->tv_sec++;
    }
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    /* Other libraries may ask before this one was prepared. */
    if (!real_clock_gettime) real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real_clock_gettime(clock, at);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) shift(at);
    return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
