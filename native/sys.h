/*
 * The kernel's interface, without a C library: system calls, strings, one line of text.
 *
 * No library keeps the program at some 30 kB, its private memory at a few pages, and its bytes independent of which
 * C library the builder has. Every call returns what the kernel returns: a value, or a negative errno.
 */
#ifndef GANGWAY_SYS_H
#define GANGWAY_SYS_H

#include <asm/ioctls.h>
#include <asm/signal.h>
#include <asm/statfs.h>
#include <asm/termios.h>
#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/keyctl.h>
#include <linux/limits.h>
#include <linux/memfd.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/poll.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/signalfd.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <linux/wait.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MNT_DETACH 2 /* linux/mount.h leaves it out */

static inline long sys6(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#else
#error "x86-64 and arm64 only"
#endif
}

#define SYS_PICK(_1, _2, _3, _4, _5, _6, _7, NAME, ...) NAME
#define SYS1(n) sys6(n, 0, 0, 0, 0, 0, 0)
#define SYS2(n, a) sys6(n, (long)(a), 0, 0, 0, 0, 0)
#define SYS3(n, a, b) sys6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS4(n, a, b, c) sys6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS5(n, a, b, c, d) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYS6(n, a, b, c, d, e) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYS7(n, a, b, c, d, e, f) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/** sys(close, fd), sys(read, fd, data, length), … */
#define sys(name, ...) \
  SYS_PICK(__NR_##name, ##__VA_ARGS__, SYS7, SYS6, SYS5, SYS4, SYS3, SYS2, SYS1)(__NR_##name, ##__VA_ARGS__)

static inline int open_at(int directory, const char *path, int flags) {
  return (int)sys(openat, directory, path, flags | O_CLOEXEC, 0);
}

static inline _Noreturn void quit(int status) {
  for (;;) sys(exit_group, status);
}

/* Strings (sys.c). The compiler calls memcpy and memset on its own. */
void *memcpy(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
size_t length_of(const char *text);
bool same(const char *a, const char *b);
/** What follows the prefix, or NULL. */
const char *after_prefix(const char *text, const char *prefix);
/** A decimal number that ends at `end` (a character, or 0); -1 when it is none or exceeds 2^31-1. */
long number_until(const char *text, char end);

/** Text that is put together; what does not fit is dropped and `full` set. */
struct text {
  char data[PATH_MAX];
  unsigned length;
  bool full;
};
void put(struct text *text, const char *part);
void put_number(struct text *text, long number);
void clear(struct text *text);
/** Like put, with control characters as '?': a report is one line whatever a file is called. */
void put_line_safe(struct text *text, const char *part);
/** An empty text on which `parts` (ended by NULL) were put. */
void compose(struct text *text, const char *const *parts);
#define path_of(text, ...) compose(text, (const char *const[]){__VA_ARGS__, NULL})

/** A decimal number of 64 bits; false when it is none. */
bool number64(const char *text, unsigned long long *number);

bool write_all(int fd, const void *data, size_t length);

/* Reports: one line each, the only thing this program ever says. */
/** Where `fail` writes. */
void report_to(int fd);
/** `error <errno> <stage> <detail>`, and the end of the process with status 1. `result` is a negative errno. */
_Noreturn void fail(long result, const char *stage, const char *detail);
/** `fail` unless the result is a success; returns the result. */
long need(long result, const char *stage, const char *detail);

#endif
