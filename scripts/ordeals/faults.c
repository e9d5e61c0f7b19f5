/* Preloaded into a run: system calls on some files fail from a chosen one on.
 *
 *   FAULT_PATH   files whose path has this text
 *   FAULT_CALL   write, sync, truncate, read or open
 *   FAULT_ERRNO  what such a call fails with
 *   FAULT_FROM   the number of the first that fails, from 1; 0: none
 *   FAULT_ONCE   1: that one alone, else all that follow as well
 *   FAULT_COUNT  a file to which the number of such calls is written when the process ends
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long calls;

static int chosen(const char *path, const char *call)
{
    const char *text = getenv("FAULT_PATH"), *wanted = getenv("FAULT_CALL"), *from = getenv("FAULT_FROM");
    if (!text || !wanted || !from || strcmp(wanted, call) || !strstr(path, text))
        return 0;
    long number = __sync_add_and_fetch(&calls, 1), first = atol(from);
    const char *once = getenv("FAULT_ONCE");
    if (!first || number < first || (number > first && once && *once == '1'))
        return 0;
    errno = atoi(getenv("FAULT_ERRNO"));
    return 1;
}

static int fails(int fd, const char *call)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0)
        return 0;
    path[size] = 0;
    return chosen(path, call);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define FAILING(type, name, call, parameters, arguments) \
    type name parameters                                 \
    {                                                    \
        if (fails(fd, call))                             \
            return -1;                                   \
        return REAL(name) arguments;                     \
    }

FAILING(ssize_t, write, "write", (int fd, const void *data, size_t size), (fd, data, size))
FAILING(ssize_t, pwrite, "write", (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
FAILING(ssize_t, pwrite64, "write", (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
FAILING(ssize_t, pwritev, "write", (int fd, const struct iovec *parts, int many, off_t at), (fd, parts, many, at))
FAILING(int, fsync, "sync", (int fd), (fd))
FAILING(int, fdatasync, "sync", (int fd), (fd))
FAILING(int, ftruncate, "truncate", (int fd, off_t size), (fd, size))
FAILING(int, ftruncate64, "truncate", (int fd, off64_t size), (fd, size))
FAILING(ssize_t, read, "read", (int fd, void *data, size_t size), (fd, data, size))
FAILING(ssize_t, pread, "read", (int fd, void *data, size_t size, off_t at), (fd, data, size, at))
FAILING(ssize_t, pread64, "read", (int fd, void *data, size_t size, off64_t at), (fd, data, size, at))

#define OPENING(name)                                   \
    int name(const char *path, int flags, ...)          \
    {                                                   \
        va_list rest;                                   \
        va_start(rest, flags);                          \
        mode_t mode = va_arg(rest, mode_t);             \
        va_end(rest);                                   \
        if (chosen(path, "open"))                       \
            return -1;                                  \
        return REAL(name)(path, flags, mode);           \
    }

OPENING(open)
OPENING(open64)

__attribute__((destructor)) static void count(void)
{
    const char *place = getenv("FAULT_COUNT");
    FILE *file = place ? fopen(place, "a") : NULL;
    if (file) {
        fprintf(file, "%ld\n", calls);
        fclose(file);
    }
}
